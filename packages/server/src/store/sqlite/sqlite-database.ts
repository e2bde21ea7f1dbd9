import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely';
import type { Tables } from '../tables.ts';
import { defaultSqliteLimits } from './sqlite-limits.ts';
import { Statements } from './statements.ts';

/** One connection, and the query builder over it. Both are synchronous underneath: a statement holds the event loop. */
export interface SqliteConnection {
  readonly raw: DatabaseSync;
  readonly db: Kysely<Tables>;
}

/**
 * Opens a connection. Its statements wait up to 5 s for a lock, and nothing else goes on meanwhile; they check foreign keys, and run one by one.
 * `synchronous=FULL` makes a commit return only after its fsync (write-ahead log mode).
 */
export function openConnection(file: string, options: { isReadOnly: boolean }): SqliteConnection {
  const raw = new DatabaseSync(file, {
    readOnly: options.isReadOnly,
    timeout: defaultSqliteLimits.lockTimeoutMs,
    enableForeignKeyConstraints: true,
    // Text in double quotes that names no column is an error, not a string.
    enableDoubleQuotedStringLiterals: false,
  });
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: asKyselyDatabase(raw) }) });
  return { raw, db };
}

function asKyselyDatabase(raw: DatabaseSync): SqliteDatabase {
  const statements = new Statements(raw);
  return {
    close: () => raw.close(),
    prepare(query) {
      const { statement, isReader } = statements.of(query);
      return {
        reader: isReader,
        all: (parameters) => statement.all(...checked(parameters)),
        run: (parameters) => run(statement, parameters),
        // One of its own: others may run the same text while rows of this one are being read.
        iterate: (parameters) => raw.prepare(query).iterate(...checked(parameters)),
      };
    },
  };
}

function run(statement: StatementSync, parameters: readonly unknown[]) {
  const { changes, lastInsertRowid } = statement.run(...checked(parameters));
  return { changes: BigInt(changes), lastInsertRowid: BigInt(lastInsertRowid) };
}

/**
 * Refuses what SQLite cannot bind. An object in the first place is the dangerous one: the driver would take it for named
 * parameters and shift the rest by one, storing wrong data without an error.
 */
function checked(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((parameter, index) => {
    if (isBindable(parameter)) return parameter;
    throw new TypeError(`Cannot bind SQL parameter ${index + 1}: ${typeof parameter} values are not supported`);
  });
}

function isBindable(value: unknown): value is SQLInputValue {
  if (value === null || value instanceof Uint8Array) return true;
  // NaN and infinities would be stored as null.
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value === 'string' || typeof value === 'bigint';
}
