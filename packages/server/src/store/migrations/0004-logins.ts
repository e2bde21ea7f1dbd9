import { sql } from 'kysely';
import type { Migration } from './migration.ts';

/** What people log in with. All of it goes with its user. */
export const logins: Migration = {
  name: '0004-logins',
  async up(db, { integer, bytes, text, tableEnd }) {
    await sql`create table user_passwords (
      user_id ${text} not null primary key references users (id) on delete cascade,
      hash ${text} not null,
      must_change ${integer} not null check (must_change in (0, 1)),
      set_at_ms ${integer} not null
    ) ${tableEnd}`.execute(db);

    await sql`create table user_totps (
      user_id ${text} not null primary key references users (id) on delete cascade,
      sealed_seed ${bytes} not null,
      confirmed_at_ms ${integer},
      last_step ${integer}
    ) ${tableEnd}`.execute(db);

    await sql`create table recovery_codes (
      user_id ${text} not null references users (id) on delete cascade,
      code_hash ${bytes} not null check (length(code_hash) = 32),
      primary key (user_id, code_hash)
    ) ${tableEnd}`.execute(db);

    // Strangers say names: they must not make us read all users.
    await sql`create index users_by_name on users (name)`.execute(db);
  },
};
