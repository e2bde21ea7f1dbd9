import type { Id } from '@adit/contracts';
import { authorize } from '../domain/authorize.ts';
import type { CredentialKind } from '../domain/entities.ts';
import type { Principal } from '../domain/principal.ts';
import type { Store } from '../domain/store.ts';
import { type IssuedCredential, issueWithin } from './issue-credential.ts';
import { writeAs } from './write-as.ts';

export interface CredentialRequest {
  readonly kind: CredentialKind;
  readonly description: string;
  readonly metadata: string;
  /** Whom it shall act for. */
  readonly ownerId: Id<'user'>;
}

/**
 * Makes a credential and its audit record.
 *
 * @throws {AditError} 9100: for somebody else. 203: the caller's key was revoked meanwhile.
 */
export async function createCredential(
  store: Pick<Store, 'write'>,
  principal: Principal,
  request: CredentialRequest,
): Promise<IssuedCredential> {
  const owner = { accountId: principal.accountId, userId: request.ownerId };
  authorize(principal, 'credential.create', { accountId: owner.accountId, ownerId: owner.userId });
  return writeAs(store, principal, (tx) => issueWithin(tx, owner, { ...request, actor: principal }));
}
