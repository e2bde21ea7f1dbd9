import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import type { StoreTransaction } from '../../domain/store.ts';
import { SqlStore, type SqlStoreParts } from '../sql-store.ts';
import type { Tables } from '../tables.ts';
import { beginImmediate } from './begin-immediate.ts';
import type { DataDirectory } from './data-directory.ts';
import type { SqliteConnection } from './sqlite-database.ts';
import { toRuntimeError } from './sqlite-error.ts';

export interface SqliteStoreParts extends SqlStoreParts {
  /** Holds at most one transaction; nothing else is ever run on it but the question whether others have committed. */
  readonly writer: SqliteConnection;
  /** A connection of its own, so that reads never see what is not committed. */
  readonly reader: SqliteConnection;
  /** Unlocked last on closing. */
  readonly directory: Pick<DataDirectory, 'claim' | 'unlock'>;
}

/** The store over two SQLite connections, which it owns. Made by `openSqliteStore`. */
export class SqliteStore extends SqlStore {
  readonly #parts: SqliteStoreParts;
  #readVersion: StatementSync | undefined;
  #version: unknown;

  constructor(parts: SqliteStoreParts) {
    super(parts);
    this.#parts = parts;
  }

  /** Whether the data directory is this process's alone; gets the lock as soon as the server before it has let go. */
  claimDirectory(): boolean {
    return this.#parts.directory.claim();
  }

  /**
   * Whether another process has committed anything since the last call: SQLite tells nobody, but knows. Asked of the writer,
   * as what a connection commits itself does not count. Costs microseconds.
   */
  hasChanged(): boolean {
    this.#readVersion ??= this.#parts.writer.raw.prepare('pragma data_version');
    const version = this.#readVersion.get()?.['data_version'];
    const hasChanged = version !== this.#version;
    this.#version = version;
    return hasChanged;
  }

  protected override reader(): Kysely<Tables> {
    return this.#parts.reader.db;
  }

  protected override async transact<T>(change: (tx: StoreTransaction) => Promise<T>): Promise<T> {
    const { raw, db } = this.#parts.writer;
    try {
      rollBack(raw);
      await beginImmediate(raw, this.#parts.clock);
      try {
        const result = await this.run(change, db);
        raw.exec('commit');
        return result;
      } catch (error) {
        rollBack(raw);
        throw error;
      }
    } catch (error) {
      throw toRuntimeError(error);
    }
  }

  protected override async release(): Promise<void> {
    // The writer goes last: on its way out it moves the write-ahead log into the database.
    this.#parts.reader.raw.close();
    this.#parts.writer.raw.close();
    this.#parts.directory.unlock();
  }

  protected override toRuntimeError(error: unknown): unknown {
    return toRuntimeError(error);
  }
}

function rollBack(raw: DatabaseSync): void {
  // SQLite may have rolled back by itself, as it does when the disk is full.
  if (!raw.isTransaction) return;
  try {
    raw.exec('rollback');
  } catch {
    // The change's own error says more. The next change tries again before it begins, and fails if it still cannot.
  }
}
