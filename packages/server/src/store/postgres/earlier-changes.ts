import { type Kysely, sql } from 'kysely';
import type { Tables } from '../tables.ts';
import { applicationName } from './postgres-database.ts';

/** The database's own time, as it writes it. */
export async function databaseTime(db: Kysely<Tables>): Promise<string> {
  const { rows } = await sql<{ at: string }>`select clock_timestamp()::text as at`.execute(db);
  return rows[0]?.at ?? '';
}

/** Whether a transaction of a server or command of ours is open that began before that time. */
export async function isChangingSince(db: Kysely<Tables>, at: string): Promise<boolean> {
  const { rows } = await sql`select 1 from pg_stat_activity where datname = current_database()
    and application_name = ${applicationName} and xact_start < ${at}::timestamptz and pid <> pg_backend_pid() limit 1`.execute(
    db,
  );
  return rows.length > 0;
}
