import { AditError } from '@adit/contracts';
import { authorize, missing } from '../domain/authorize.ts';
import type { Credential } from '../domain/entities.ts';
import type { Bus } from '../domain/notices.ts';
import type { Principal } from '../domain/principal.ts';
import type { CredentialKey, Store } from '../domain/store.ts';
import { writeAs } from './write-as.ts';

/**
 * Deletes the credential; when this resolves, that is durable and every live session and stream that rested on it has
 * been told to end.
 *
 * @throws {AditError} 9101: there is none (any more), or not for this principal to know about. 203: the caller's key was
 *   revoked meanwhile. 9106: it is no longer as the caller knows it.
 */
export async function revokeCredential(
  { store, bus }: { store: Pick<Store, 'write'>; bus: Pick<Bus, 'publish'> },
  principal: Principal,
  { id, kind, isExpected }: Pick<CredentialKey, 'id' | 'kind'> & { isExpected(credential: Credential): boolean },
): Promise<void> {
  const key = { accountId: principal.accountId, kind, id };
  await writeAs(store, principal, async (tx) => {
    const credential = await tx.findCredential(key);
    if (!credential) throw missing();
    authorize(principal, 'credential.revoke', credential);
    if (!isExpected(credential)) throw new AditError(9106);
    await tx.deleteCredential(key);
    await tx.appendAudit({
      accountId: key.accountId,
      actor: principal,
      action: 'credential.revoke',
      resourceId: id,
      details: { kind, ownerId: credential.ownerId },
    });
  });
  // Only now: a session cut for a change that is then rolled back could not be given back.
  bus.publish({ type: 'credential-revoked', accountId: key.accountId, credentialId: id });
}
