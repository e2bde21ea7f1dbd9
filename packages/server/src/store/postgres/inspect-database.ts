import { type Kysely, sql } from 'kysely';
import type { DatabaseAddress } from '../../domain/database-address.ts';
import type { MigrationPlan } from '../migrate.ts';
import { migrations } from '../migrations/index.ts';
import { refuseOtherVersion } from '../refuse-other-version.ts';
import type { Tables } from '../tables.ts';
import { checkSettings } from './check-settings.ts';
import { existingVersion } from './open-postgres-operator-store.ts';
import { placeOf } from './postgres-error.ts';
import { defaultPostgresLimits as limits } from './postgres-limits.ts';
import { withConnection } from './with-connection.ts';

/** What is good to know of a database before anything else. */
export interface DatabaseFindings extends MigrationPlan {
  readonly accounts: number;
  /** The database's clock. Milliseconds since 1970, as the next. */
  readonly clockMs: number;
  /** Null: nothing was written yet. */
  readonly newestRecordMs: number | null;
}

/**
 * Looks at the database, also while servers use it; only reads.
 *
 * @throws {AditError} 9260: there is no data. 9212: it is of a newer version. 9216, 9217: the database does not answer, or
 *   cannot be used.
 */
export function inspectDatabase(address: DatabaseAddress): Promise<DatabaseFindings> {
  return withConnection({ address, limits }, async (db) => {
    await checkSettings(db, address);
    const schemaVersion = await existingVersion(db, address);
    const knownVersion = migrations.length;
    if (schemaVersion > knownVersion) refuseOtherVersion(schemaVersion, placeOf(address));
    const pending = migrations.slice(schemaVersion).map(({ name }) => name);
    return { schemaVersion, knownVersion, pending, isTried: false, ...(await read(db)) };
  });
}

async function read(db: Kysely<Tables>) {
  const { rows } = await sql<{ accounts: number; newest: number | null; clock: number }>`
    select (select count(*) from accounts) as accounts,
      (select max(at_ms) from audit_events) as newest,
      (extract(epoch from clock_timestamp()) * 1000)::bigint as clock`.execute(db);
  const [{ accounts, newest, clock } = { accounts: 0, newest: null, clock: 0 }] = rows;
  return { accounts, clockMs: clock, newestRecordMs: newest };
}
