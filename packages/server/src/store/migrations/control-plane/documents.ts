import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Configuration as documents: what they are, which others they need, and the names that they alone may have. */
export const documents: Migration['up'] = async (db, { integer, bytes, text, tableEnd }) => {
  // Parent and references are foreign keys on the pair: no document can point into another account.
  await sql`create table documents (
      id ${text} not null primary key,
      account_id ${text} not null references accounts (id) on delete cascade,
      kind ${text} not null,
      parent_id ${text},
      description ${text} not null,
      metadata ${text} not null,
      body ${text} not null,
      revision ${integer} not null,
      created_at_ms ${integer} not null,
      updated_at_ms ${integer} not null,
      unique (account_id, id),
      foreign key (account_id, parent_id) references documents (account_id, id) on delete cascade
    ) ${tableEnd}`.execute(db);
  await sql`create index documents_by_kind on documents (account_id, kind, id)`.execute(db);
  await sql`create index documents_of_all on documents (kind, id)`.execute(db);
  await sql`create index documents_by_parent on documents (account_id, parent_id, id)`.execute(db);

  await sql`create table document_references (
      account_id ${text} not null,
      from_id ${text} not null,
      to_id ${text} not null,
      primary key (from_id, to_id),
      foreign key (account_id, from_id) references documents (account_id, id) on delete cascade,
      foreign key (account_id, to_id) references documents (account_id, id)
    ) ${tableEnd}`.execute(db);
  await sql`create index document_references_by_target on document_references (account_id, to_id)`.execute(db);

  await sql`create table document_claims (
      space ${text} not null,
      name ${text} not null,
      document_id ${text} not null references documents (id) on delete cascade,
      primary key (space, name)
    ) ${tableEnd}`.execute(db);
  await sql`create index document_claims_by_document on document_claims (document_id)`.execute(db);

  // Apart from the documents: lists never touch it.
  await sql`create table document_secrets (
      document_id ${text} not null primary key references documents (id) on delete cascade,
      account_id ${text} not null references accounts (id),
      sealed ${bytes} not null
    ) ${tableEnd}`.execute(db);

  // What an idempotency key stood for: enough to answer its repetition, nothing of what was sent.
  await sql`create table idempotency_keys (
      account_id ${text} not null references accounts (id) on delete cascade,
      idempotency_key ${text} not null,
      request_hash ${text} not null,
      object_id ${text} not null,
      created_at_ms ${integer} not null,
      primary key (account_id, idempotency_key)
    ) ${tableEnd}`.execute(db);
  await sql`create index idempotency_keys_by_age on idempotency_keys (created_at_ms)`.execute(db);
  await sql`create index idempotency_keys_by_account
    on idempotency_keys (account_id, created_at_ms, idempotency_key)`.execute(db);
};
