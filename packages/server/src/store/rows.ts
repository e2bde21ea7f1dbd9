// Rows as tables have them → objects as the domain has them. The casts restate what only this folder writes.
import type { Id } from '@adit/contracts';
import type { Selectable } from 'kysely';
import type { Document, DocumentId } from '../domain/document.ts';
import type { Account, Credential, CredentialId, UserId } from '../domain/entities.ts';
import type { Tables } from './tables.ts';

/** Every column of a credential but its hash, which nobody reads back. */
export const credentialColumns = [
  'id',
  'account_id',
  'owner_id',
  'kind',
  'description',
  'metadata',
  'created_at_ms',
  'acl',
  'revision',
] as const;

export function toAccount(row: Selectable<Tables['accounts']>): Account {
  return {
    id: row.id as Id<'account'>,
    name: row.name,
    createdAtMs: row.created_at_ms,
    suspendedAtMs: row.suspended_at_ms,
    revision: row.revision,
  };
}

export function toCredential(row: Omit<Selectable<Tables['credentials']>, 'secret_hash'>): Credential {
  return {
    id: row.id as CredentialId,
    kind: row.kind,
    accountId: row.account_id as Id<'account'>,
    ownerId: row.owner_id as UserId,
    description: row.description,
    metadata: row.metadata,
    createdAtMs: row.created_at_ms,
    acl: JSON.parse(row.acl) as string[],
    revision: row.revision,
  };
}

export function toDocument(row: Selectable<Tables['documents']>): Document {
  return {
    id: row.id as DocumentId,
    accountId: row.account_id as Id<'account'>,
    kind: row.kind,
    parentId: row.parent_id as DocumentId | null,
    description: row.description,
    metadata: row.metadata,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    revision: row.revision,
    body: JSON.parse(row.body) as object,
  };
}
