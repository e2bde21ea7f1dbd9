import type { EffectiveOptions } from '../../config/effective-options.ts';
import type { ServerOptions } from '../../config/server-options.ts';
import type { DatabaseAddress } from '../../domain/database-address.ts';

/** What one look at a server found. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly about: string;
  /** `warn`: it works, and will not for ever. `fail`: the server cannot start, or does not do its work. */
  readonly level: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do, one sentence; for all but `ok`. */
  readonly todo?: string;
}

/** What the checks are told. */
export interface Patient {
  readonly options: ServerOptions;
  readonly settings: EffectiveOptions;
  /** Null: the data is in the data directory. */
  readonly database: DatabaseAddress | null;
  readonly nowMs: number;
}

export type Check = (patient: Patient) => Promise<Finding[]>;
