import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../packages/server/src/clock/system-clock.ts';
import type { Store } from '../../packages/server/src/domain/store.ts';
import { openPostgresStore } from '../../packages/server/src/store/postgres/open-postgres-store.ts';
import {
  isPostgresInstalled,
  startPostgres,
} from '../../packages/server/src/store/postgres/postgres-server.testkit.ts';
import { openSqliteStore } from '../../packages/server/src/store/sqlite/open-sqlite-store.ts';
import { openTestSealer } from '../../packages/server/src/store/test-sealer.testkit.ts';
import { type Dialect, postgresDialect, sqliteDialect } from './seed-sql.ts';

/** An empty store that servers can be started on. */
export interface BenchStore {
  readonly name: string;
  readonly dialect: Dialect;
  /** Of every server on it. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the first server, which must not run meanwhile; so for the next. */
  run(statements: readonly string[], dataDir: string): Promise<void>;
  /** Opens it in this process. */
  open(dataDir: string): Promise<Store>;
}

export interface BenchStores {
  readonly kinds: readonly string[];
  open(kind: string): Promise<BenchStore>;
  stop(): Promise<void>;
}

/** Those that this machine has: SQLite, and PostgreSQL where its programs are. */
export async function startStores(): Promise<BenchStores> {
  const postgres = isPostgresInstalled ? await startPostgres() : undefined;
  if (!postgres) console.log('PostgreSQL is left out: its programs are not here.');
  return {
    kinds: postgres ? ['SQLite', 'PostgreSQL'] : ['SQLite'],
    async open(kind) {
      if (kind === 'SQLite' || !postgres) return sqlite;
      const address = await postgres.createDatabase();
      return {
        ...{ name: kind, dialect: postgresDialect, env: { ADIT_DATABASE_URL: postgres.url(address) } },
        async run(statements) {
          for (const statement of statements) await postgres.query(statement, address.database);
          await postgres.query('analyze', address.database);
        },
        open: () => openPostgresStore({ address, clock: systemClock, openSealer: openTestSealer }),
      };
    },
    stop: async () => await postgres?.close(),
  };
}

const sqlite: BenchStore = {
  ...{ name: 'SQLite', dialect: sqliteDialect, env: {} },
  async run(statements, dataDir) {
    const database = new DatabaseSync(join(dataDir, 'adit.db'));
    for (const statement of ['begin', ...statements, 'commit']) database.exec(statement);
    database.close();
  },
  open: (dataDir) => openSqliteStore({ dataDir, clock: systemClock, openSealer: openTestSealer }),
};

export function newDataDir(workDir: string): string {
  return mkdtempSync(join(workDir, 'control-'));
}
