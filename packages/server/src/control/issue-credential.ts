import { newId } from '@adit/contracts';
import type { Credential, CredentialKind, Membership } from '../domain/entities.ts';
import type { Principal } from '../domain/principal.ts';
import { hashSecret, newSecret } from '../domain/secret.ts';
import type { AuditRecord, Store, StoreTransaction } from '../domain/store.ts';

/** A credential with its secret, which exists nowhere else: show it once, then forget it. */
export interface IssuedCredential {
  readonly credential: Credential;
  readonly secret: string;
}

export interface IssueOptions {
  readonly kind: CredentialKind;
  /** Default empty. */
  readonly description?: string;
  /** Default empty. */
  readonly metadata?: string;
  /** Default: no limit. */
  readonly acl?: readonly string[];
  /** Who asked for it; null: the server itself, or the operator. A function: who that is by the credential itself. */
  readonly actor: Principal | null | ((credential: Credential) => Principal);
  /** More for the audit record. */
  readonly details?: AuditRecord['details'];
}

/** Makes a credential for a member, in a transaction of its own. Decides nothing: `authorize` first. */
export function issueCredential(
  store: Pick<Store, 'write'>,
  owner: Pick<Membership, 'accountId' | 'userId'>,
  options: IssueOptions,
): Promise<IssuedCredential> {
  return store.write((tx) => issueWithin(tx, owner, options));
}

/** The same inside a transaction: the credential and its audit record. */
export async function issueWithin(
  tx: StoreTransaction,
  owner: Pick<Membership, 'accountId' | 'userId'>,
  { kind, description = '', metadata = '', acl = [], actor, details = {} }: IssueOptions,
): Promise<IssuedCredential> {
  const secret = newSecret(kind);
  const credential: Credential = {
    id: newId(kind === 'authtoken' ? 'credential' : 'apiKey', tx.nowMs),
    kind,
    accountId: owner.accountId,
    ownerId: owner.userId,
    description,
    metadata,
    createdAtMs: tx.nowMs,
    acl,
    revision: 1,
  };
  await tx.insertCredential(credential, hashSecret(secret));
  await tx.appendAudit({
    accountId: owner.accountId,
    actor: typeof actor === 'function' ? actor(credential) : actor,
    action: 'credential.create',
    resourceId: credential.id,
    details: { kind, ownerId: owner.userId, ...details },
  });
  return { credential, secret };
}
