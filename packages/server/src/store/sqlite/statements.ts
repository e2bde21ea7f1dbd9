import type { DatabaseSync, StatementSync } from 'node:sqlite';
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
  readonly #maxKept: number;
  /** In order of last use. */
  readonly #kept = new Map<string, Prepared>();

  constructor(raw: DatabaseSync, maxKept: number = defaultSqliteLimits.maxStatements) {
    this.#raw = raw;
    this.#maxKept = maxKept;
  }

  /** Throws what SQLite says of a text that is no statement. */
  of(text: string): Prepared {
    const kept = this.#kept.get(text);
    this.#kept.delete(text);
    const prepared = kept ?? this.#prepare(text);
    if (!changesNoSchema.test(text)) {
      this.#kept.clear();
      return prepared;
    }
    this.#kept.set(text, prepared);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#maxKept && oldest !== undefined) this.#kept.delete(oldest);
    return prepared;
  }

  #prepare(text: string): Prepared {
    const statement = this.#raw.prepare(text);
    return { statement, isReader: statement.columns().length > 0 };
  }
}
