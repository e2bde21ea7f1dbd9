import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Accounts can be suspended and renamed, and leave a trace when they are deleted. */
export const suspendedAccounts: Migration['up'] = async (db, { integer, text, tableEnd }) => {
  await sql`alter table accounts add column suspended_at_ms ${integer}`.execute(db);
  await sql`alter table accounts add column revision ${integer} not null default 1`.execute(db);
  await sql`create table deleted_accounts (
      id ${text} not null primary key,
      deleted_at_ms ${integer} not null,
      details ${text} not null
    ) ${tableEnd}`.execute(db);
};
