import { AditError } from '@adit/contracts';
import { type Kysely, sql } from 'kysely';
import type { Clock } from '../../domain/clock.ts';
import type { DatabaseAddress } from '../../domain/database-address.ts';
import { migrate } from '../migrate.ts';
import { migrations } from '../migrations/index.ts';
import { type OpenSealer, sealedBeginnings } from '../sealed-values.ts';
import type { Tables } from '../tables.ts';
import { openDatabase } from './postgres-database.ts';
import { attemptOn, toOpenError } from './postgres-error.ts';
import { defaultPostgresLimits, type PostgresLimits } from './postgres-limits.ts';
import { PostgresStore } from './postgres-store.ts';
import { columnTypes } from './postgres-types.ts';

/** "adit" in ASCII. Advisory locks belong to a database, so nobody else's number matters there. */
const migrationLock = 0x61_64_69_74;

export interface PostgresStoreOptions {
  readonly address: DatabaseAddress;
  readonly clock: Clock;
  /** Called once the data is there; what it throws is passed on. */
  readonly openSealer: OpenSealer;
  /** False: a server of the version before is using it, whose place this one takes. Default true. */
  readonly mayMigrate?: boolean;
  /** Default: `defaultPostgresLimits`. */
  readonly limits?: PostgresLimits;
  /** Default: Math.random. */
  readonly random?: () => number;
}

/**
 * Opens the store on a PostgreSQL database, making the schema as needed; of several servers that start at once, one makes
 * it. A database that is lost later is found again without opening the store anew.
 *
 * @throws {AditError} 9212: a newer version wrote it. 9215: a server of the version before uses it. 9216: the database does
 *   not answer. 9217: it cannot be used as it is. Each message names host and database, and never the password.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { address, clock, limits = defaultPostgresLimits } = options;
  const sealed = await prepare(options, limits).catch((error: unknown) => {
    throw toOpenError(error, address);
  });
  const sealer = await options.openSealer(sealed);
  return new PostgresStore({
    writer: openDatabase(address, { ...limits, maxConnections: 1 }),
    reader: openDatabase(address, { ...limits, maxConnections: limits.maxReadConnections }),
    clock,
    sealer,
    limits,
    random: options.random ?? Math.random,
  });
}

/** On a connection of its own, whose statements may take longer. Answers what is sealed. */
async function prepare({ address, clock, mayMigrate = true }: PostgresStoreOptions, limits: PostgresLimits) {
  const waitMs = limits.migrationTimeoutMs;
  const patience = { statementTimeoutMs: waitMs, answerTimeoutMs: waitMs, idleTransactionTimeoutMs: waitMs };
  const database = openDatabase(address, { ...limits, ...patience, maxConnections: 1 });
  try {
    return await database.connection().execute(async (db) => {
      await checkSettings(db, address);
      // The lock goes with the connection.
      await sql`select pg_advisory_lock(${migrationLock})`.execute(db);
      const place = `${address.host}:${address.port}/${address.database}`;
      const nowMs = clock.timeOfDay();
      await migrate(db, { migrations, types: columnTypes, nowMs, place, mayChange: mayMigrate });
      return await sealedBeginnings(db);
    });
  } finally {
    await database.destroy();
  }
}

/** What no later error would tell: data that is gone after a power cut, or that comes back changed. */
async function checkSettings(db: Kysely<Tables>, address: DatabaseAddress): Promise<void> {
  const { rows } = await sql<{ fsync: string; encoding: string }>`
    select current_setting('fsync') as fsync, current_setting('server_encoding') as encoding`.execute(db);
  const refuse = (why: string) => new AditError(9217, `${attemptOn(address)}: ${why}`);
  if (rows[0]?.fsync !== 'on') throw refuse('its setting "fsync" is off, so a power cut would lose data. Switch it on');
  if (rows[0].encoding !== 'UTF8') throw refuse(`its encoding is ${rows[0].encoding}. Make it with encoding UTF8`);
}
