import { sql } from 'kysely';
import type { Clock } from '../../domain/clock.ts';
import type { DatabaseAddress } from '../../domain/database-address.ts';
import { migrate } from '../migrate.ts';
import { migrations } from '../migrations/index.ts';
import { type OpenSealer, sealedBeginnings } from '../sealed-values.ts';
import { checkSettings } from './check-settings.ts';
import { openConnections } from './postgres-database.ts';
import { placeOf } from './postgres-error.ts';
import { defaultPostgresLimits, type PostgresLimits } from './postgres-limits.ts';
import { PostgresStore } from './postgres-store.ts';
import { columnTypes } from './postgres-types.ts';
import { withConnection } from './with-connection.ts';

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
  const sealed = await prepare(options, limits);
  const sealer = await options.openSealer(sealed);
  const { random = Math.random } = options;
  return new PostgresStore({ ...openConnections(address, limits), clock, sealer, limits, random });
}

/** Answers what is sealed. */
function prepare({ address, clock, mayMigrate = true }: PostgresStoreOptions, limits: PostgresLimits) {
  return withConnection({ address, limits }, async (db) => {
    await checkSettings(db, address);
    // The lock goes with the connection.
    await sql`select pg_advisory_lock(${migrationLock})`.execute(db);
    const nowMs = clock.timeOfDay();
    await migrate(db, { migrations, types: columnTypes, nowMs, place: placeOf(address), mayChange: mayMigrate });
    return await sealedBeginnings(db);
  });
}
