import { AditError } from '@adit/contracts';
import { type Kysely, sql } from 'kysely';
import type { Clock } from '../../domain/clock.ts';
import type { DatabaseAddress } from '../../domain/database-address.ts';
import { lastApplied } from '../migrate.ts';
import { refuseOtherVersion } from '../refuse-other-version.ts';
import { type OpenSealer, sealedBeginnings } from '../sealed-values.ts';
import type { Tables } from '../tables.ts';
import { openConnections } from './postgres-database.ts';
import { attemptOn, placeOf } from './postgres-error.ts';
import { defaultPostgresLimits as limits } from './postgres-limits.ts';
import { type DatabaseNotice, PostgresStore } from './postgres-store.ts';
import { withConnection } from './with-connection.ts';

/**
 * Opens the store for a command of the operator, whether servers run or not; makes nothing and migrates nothing.
 *
 * @param options.notice Goes to the servers with each change.
 * @throws {AditError} 9260: there is no data. 9261, 9212: it is of an older or newer version. 9216, 9217: the database does
 *   not answer, or cannot be used. What `openSealer` throws.
 */
export async function openPostgresOperatorStore({
  address,
  openSealer,
  ...parts
}: {
  address: DatabaseAddress;
  clock: Clock;
  openSealer: OpenSealer;
  notice: DatabaseNotice;
}): Promise<PostgresStore> {
  const sealed = await withConnection({ address, limits }, async (db) => {
    refuseOtherVersion(await existingVersion(db, address), placeOf(address));
    return await sealedBeginnings(db);
  });
  const sealer = await openSealer(sealed);
  return new PostgresStore({ ...openConnections(address, limits), ...parts, sealer, limits, random: Math.random });
}

/**
 * Which version the schema has.
 *
 * @throws {AditError} 9260: there is none.
 */
export async function existingVersion(db: Kysely<Tables>, address: DatabaseAddress): Promise<number> {
  const { rows } = await sql<{ found: string | null }>`select to_regclass('schema_migrations')::text as found`.execute(
    db,
  );
  const version = rows[0]?.found ? await lastApplied(db) : 0;
  if (version > 0) return version;
  throw new AditError(9260, `${attemptOn(address)}: there is no data of a server in it`);
}
