// What outlives the process: names, credentials, people, audit. In SQLite (sqlite/) or PostgreSQL (postgres/), behind
// domain/store.ts and one suite. What lives only while somebody is connected (sessions, binds) is never here.

import type { ColumnType } from 'kysely';
import type { DocumentKind } from '../domain/document.ts';
import type { CredentialKind } from '../domain/entities.ts';
import type { ChallengeAnswer, OrderErrorKind } from '../domain/managed-certificates.ts';
import type { DeveloperRole, TeamRole } from '../domain/roles.ts';

/** The tables as the query builder sees them. Times are milliseconds since 1970. The truth is in migrations/. */
export interface Tables {
  /** Which migrations ran; made by `migrate`. */
  schema_migrations: { version: number; name: string; applied_at_ms: number };
  accounts: {
    id: string;
    name: string;
    created_at_ms: number;
    /** Null: not suspended. Inserted as null. */
    suspended_at_ms: ColumnType<number | null, null | undefined, number | null>;
    /** Inserted as 1. */
    revision: ColumnType<number, undefined, number>;
  };
  /** What was deleted, and when. */
  deleted_accounts: { id: string; deleted_at_ms: number; details: string };
  users: { id: string; name: string; created_at_ms: number };
  memberships: {
    account_id: string;
    user_id: string;
    role: 'administrator' | 'developer';
    developer_role: DeveloperRole;
    team_role: TeamRole;
    /** Null: not disabled. Inserted as null. */
    disabled_at_ms: ColumnType<number | null, number | null | undefined, number | null>;
    /** Inserted as 1. */
    revision: ColumnType<number, undefined, number>;
  };
  credentials: {
    id: string;
    account_id: string;
    owner_id: string;
    kind: CredentialKind;
    secret_hash: Uint8Array;
    /** A JSON array of texts. */
    acl: string;
    revision: number;
    description: string;
    metadata: string;
    created_at_ms: number;
  };
  audit_events: {
    id: string;
    account_id: string;
    /** 1, 2, 3 … in each account: the order of the log, which no clock can change. */
    seq: number;
    at_ms: number;
    /** Null but in records from before people had keys; so is the next. */
    actor_user_id: string | null;
    actor_credential_id: string | null;
    /** Id of a row of `audit_people`, which may be gone; null: the server itself did it. */
    person_id: string | null;
    /** An `AuditWho`, sealed with that person's key. */
    who: Uint8Array | null;
    action: string;
    resource_id: string;
    /** A JSON object. */
    details: string;
    /** Of this record and, through it, all before: domain/audit-chain.ts. */
    hash: Uint8Array;
  };
  documents: {
    id: string;
    account_id: string;
    kind: DocumentKind;
    parent_id: string | null;
    description: string;
    metadata: string;
    /** A JSON object. */
    body: string;
    revision: number;
    created_at_ms: number;
    updated_at_ms: number;
  };
  document_references: { account_id: string; from_id: string; to_id: string };
  /** What of a document nobody may read in the database. */
  document_secrets: { document_id: string; account_id: string; sealed: Uint8Array };
  document_claims: { space: string; name: string; document_id: string };
  idempotency_keys: {
    account_id: string;
    idempotency_key: string;
    request_hash: string;
    object_id: string;
    created_at_ms: number;
  };
  /** The people of the audit log, in each account of its own. A row that is gone is a person who was erased. */
  audit_people: { id: string; account_id: string; user_id: string; sealed_key: Uint8Array };
  /** One for each name: what was issued, all of it or nothing, and the order under way or that failed, or nothing. */
  managed_certificates: {
    name: string;
    first_order_ms: number;
    serial_number: string | null;
    directory_url: string | null;
    not_before_ms: number | null;
    not_after_ms: number | null;
    renew_at_ms: number | null;
    /** PEM, leaf first. */
    chain: string | null;
    sealed_key: Uint8Array | null;
    started_at_ms: number | null;
    holder: string | null;
    until_ms: number | null;
    failures: number;
    error_kind: OrderErrorKind | null;
    error_message: string | null;
  };
  acme_accounts: { directory_url: string; account_url: string | null; sealed_key: Uint8Array };
  /** What is asked for while orders are under way; all of it is public. */
  challenge_answers: {
    name: string;
    type: ChallengeAnswer['type'];
    token: string;
    key_authorization: string;
    expires_at_ms: number;
  };
  user_passwords: {
    user_id: string;
    /** PHC string. */
    hash: string;
    /** 0 or 1. */
    must_change: number;
    set_at_ms: number;
  };
  user_totps: {
    user_id: string;
    sealed_seed: Uint8Array;
    /** Null: not confirmed yet. */
    confirmed_at_ms: number | null;
    /** The latest step whose code was used. */
    last_step: number | null;
  };
  recovery_codes: { user_id: string; code_hash: Uint8Array };
}
