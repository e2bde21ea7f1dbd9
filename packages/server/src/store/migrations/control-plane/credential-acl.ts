import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Credentials can be changed, and limited in what they may open. */
export const credentialAcl: Migration['up'] = async (db, { integer, text }) => {
  // A JSON array of rules; none: no limit, as before.
  await sql`alter table credentials add column acl ${text} not null default '[]'`.execute(db);
  await sql`alter table credentials add column revision ${integer} not null default 1`.execute(db);
};
