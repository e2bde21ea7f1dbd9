import { sql } from 'kysely';
import type { Migration } from './migration.ts';

/** Accounts, their people and credentials, and the audit log. */
export const accounts: Migration = {
  name: '0001-accounts',
  async up(db, { integer, bytes, text, tableEnd }) {
    await sql`create table accounts (
      id ${text} not null primary key,
      name ${text} not null,
      created_at_ms ${integer} not null
    ) ${tableEnd}`.execute(db);

    await sql`create table users (
      id ${text} not null primary key,
      name ${text} not null,
      created_at_ms ${integer} not null
    ) ${tableEnd}`.execute(db);

    await sql`create table memberships (
      account_id ${text} not null references accounts (id),
      user_id ${text} not null references users (id),
      role ${text} not null check (role in ('administrator', 'developer')),
      primary key (account_id, user_id)
    ) ${tableEnd}`.execute(db);

    // The owner is a member of the account, always: the foreign key is on the pair.
    await sql`create table credentials (
      id ${text} not null primary key,
      account_id ${text} not null,
      owner_id ${text} not null,
      kind ${text} not null check (kind in ('authtoken', 'api_key')),
      secret_hash ${bytes} not null unique check (length(secret_hash) = 32),
      description ${text} not null,
      metadata ${text} not null,
      created_at_ms ${integer} not null,
      foreign key (account_id, owner_id) references memberships (account_id, user_id)
    ) ${tableEnd}`.execute(db);
    await sql`create index credentials_by_account on credentials (account_id, kind, id)`.execute(db);
    await sql`create index credentials_by_owner on credentials (account_id, owner_id)`.execute(db);

    // Actor and resource are no foreign keys: the log keeps what was deleted.
    await sql`create table audit_events (
      id ${text} not null primary key,
      account_id ${text} not null references accounts (id),
      seq ${integer} not null,
      at_ms ${integer} not null,
      actor_user_id ${text},
      actor_credential_id ${text},
      action ${text} not null,
      resource_id ${text} not null,
      details ${text} not null,
      unique (account_id, seq)
    ) ${tableEnd}`.execute(db);
  },
};
