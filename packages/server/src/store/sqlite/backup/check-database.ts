import type { DatabaseSync } from 'node:sqlite';
import { AditError } from '@adit/contracts';
import type { Kysely } from 'kysely';
import { schemaVersion } from '../../migrate.ts';
import type { Tables } from '../../tables.ts';

/** Every page, index and reference. @throws {AditError} 9213: something is wrong. */
export function checkDatabase(raw: DatabaseSync): void {
  const [first] = raw.prepare('pragma integrity_check(1)').all();
  const isWhole = first?.['integrity_check'] === 'ok' && raw.prepare('pragma foreign_key_check').get() === undefined;
  if (!isWhole) throw new AditError(9213, 'Cannot use the database: its data is damaged');
}

export async function versionAndAccounts(db: Kysely<Tables>): Promise<{ schemaVersion: number; accounts: number }> {
  const version = await schemaVersion(db);
  if (version === 0) return { schemaVersion: 0, accounts: 0 };
  const { count } = await db
    .selectFrom('accounts')
    .select((eb) => eb.fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  return { schemaVersion: version, accounts: Number(count) };
}
