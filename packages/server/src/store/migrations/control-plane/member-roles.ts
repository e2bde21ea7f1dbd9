import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/**
 * Members have three roles in place of one, and can be disabled. `role` goes on saying who is an administrator; whoever was a
 * developer keeps what they had.
 */
export const memberRoles: Migration['up'] = async (db, { integer, text }) => {
  await sql`alter table memberships add column developer_role ${text} not null default 'read_write'
      check (developer_role in ('read_only', 'read_write'))`.execute(db);
  await sql`alter table memberships add column team_role ${text} not null default 'read_only'
      check (team_role in ('read_only', 'invite_only', 'manager'))`.execute(db);
  await sql`update memberships set team_role = 'manager' where role = 'administrator'`.execute(db);
  await sql`alter table memberships add column disabled_at_ms ${integer}`.execute(db);
  await sql`alter table memberships add column revision ${integer} not null default 1`.execute(db);
};
