import { sql } from 'kysely';
import type { Migration } from './migration.ts';

/** Certificates that the server gets itself: what was issued, what is being ordered, and what their authorities ask for. */
export const managedCertificates: Migration = {
  name: '0003-managed-certificates',
  async up(db, { integer, bytes, text, tableEnd }) {
    await sql`create table managed_certificates (
      name ${text} not null primary key,
      first_order_ms ${integer} not null,
      serial_number ${text},
      directory_url ${text},
      not_before_ms ${integer},
      not_after_ms ${integer},
      renew_at_ms ${integer},
      chain ${text},
      sealed_key ${bytes},
      started_at_ms ${integer},
      holder ${text},
      until_ms ${integer},
      failures ${integer} not null default 0,
      error_kind ${text},
      error_message ${text}
    ) ${tableEnd}`.execute(db);

    await sql`create table acme_accounts (
      directory_url ${text} not null primary key,
      account_url ${text},
      sealed_key ${bytes} not null
    ) ${tableEnd}`.execute(db);

    await sql`create table challenge_answers (
      name ${text} not null,
      type ${text} not null check (type in ('http-01', 'tls-alpn-01')),
      token ${text} not null,
      key_authorization ${text} not null,
      expires_at_ms ${integer} not null,
      primary key (name, type, token)
    ) ${tableEnd}`.execute(db);
    await sql`create index challenge_answers_by_end on challenge_answers (expires_at_ms)`.execute(db);
  },
};
