import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { RecentMap } from '../../domain/recent.ts';
import { defaultSqliteLimits } from './sqlite-limits.ts';

interface Prepared {
  readonly statement: StatementSync;
  /** It answers rows. */
  readonly isReader: boolean;
}

/** All others may change a table's columns, and with them what a statement answers. */
const changesNoSchema = /^\s*(?:select|insert|update|delete|with)\b/i;

/**
 * Statements by their text, prepared once: to prepare one takes SQLite longer than most take to run. Over the limit the one
 * that was used longest ago goes.
 */
export class Statements {
  readonly #raw: DatabaseSync;
  readonly #kept: RecentMap<string, Prepared>;

  constructor(raw: DatabaseSync, maxKept: number = defaultSqliteLimits.maxStatements) {
    this.#raw = raw;
    this.#kept = new RecentMap(maxKept);
  }

  /** Throws what SQLite says of a text that is no statement. */
  of(text: string): Prepared {
    const kept = this.#kept.get(text);
    if (kept) return kept;
    const prepared = this.#prepare(text);
    if (changesNoSchema.test(text)) this.#kept.set(text, prepared);
    else this.#kept.clear();
    return prepared;
  }

  #prepare(text: string): Prepared {
    const statement = this.#raw.prepare(text);
    return { statement, isReader: statement.columns().length > 0 };
  }
}
