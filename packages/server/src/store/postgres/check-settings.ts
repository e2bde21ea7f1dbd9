import { AditError } from '@adit/contracts';
import { type Kysely, sql } from 'kysely';
import type { DatabaseAddress } from '../../domain/database-address.ts';
import type { Tables } from '../tables.ts';
import { attemptOn } from './postgres-error.ts';

/**
 * Looks for what no later error would tell: data that is gone after a power cut, or that comes back changed.
 *
 * @throws {AditError} 9217: the database has such a setting.
 */
export async function checkSettings(db: Kysely<Tables>, address: DatabaseAddress): Promise<void> {
  const { rows } = await sql<{ fsync: string; encoding: string }>`
    select current_setting('fsync') as fsync, current_setting('server_encoding') as encoding`.execute(db);
  const refuse = (why: string) => new AditError(9217, `${attemptOn(address)}: ${why}`);
  if (rows[0]?.fsync !== 'on') throw refuse('its setting "fsync" is off, so a power cut would lose data. Switch it on');
  if (rows[0].encoding !== 'UTF8') throw refuse(`its encoding is ${rows[0].encoding}. Make it with encoding UTF8`);
}
