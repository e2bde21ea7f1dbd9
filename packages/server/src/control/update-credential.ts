import { AditError } from '@adit/contracts';
import { authorize, missing } from '../domain/authorize.ts';
import type { Credential } from '../domain/entities.ts';
import type { Bus } from '../domain/notices.ts';
import type { Principal } from '../domain/principal.ts';
import type { CredentialKey, Store } from '../domain/store.ts';
import { checkedAcl } from './checked-acl.ts';
import type { ControlDeps } from './control-deps.ts';
import { writeAs } from './write-as.ts';

export interface CredentialChange {
  readonly key: CredentialKey;
  /** False: it is no longer as the caller knows it. */
  isExpected(credential: Credential): boolean;
  /** What is undefined stays as it is. */
  readonly description: string | undefined;
  readonly metadata: string | undefined;
  readonly acl: readonly string[] | undefined;
}

/**
 * Changes a credential. When its ACL changes, its agents come back and bind again, under the new one.
 *
 * @throws {AditError} 9101: there is none, or not for this principal to know about. 9106: not as expected. 600: a rule of the
 *   ACL is none. 203: the caller's key was revoked meanwhile.
 */
export async function updateCredential(
  {
    store,
    bus,
    whyNeverMet,
  }: { store: Pick<Store, 'write'>; bus: Pick<Bus, 'publish'> } & Pick<ControlDeps, 'whyNeverMet'>,
  principal: Principal,
  { key, isExpected, ...change }: CredentialChange,
): Promise<Credential> {
  const acl = change.acl && checkedAcl(change.acl, whyNeverMet);
  const [before, after] = await writeAs(store, principal, async (tx) => {
    const credential = await tx.findCredential(key);
    if (!credential) throw missing();
    authorize(principal, 'credential.update', credential);
    if (!isExpected(credential)) throw new AditError(9106);
    const { description = credential.description, metadata = credential.metadata } = change;
    const revision = credential.revision + 1;
    const changed = { ...credential, description, metadata, acl: acl ?? credential.acl, revision };
    await tx.updateCredential(changed);
    const details = { kind: key.kind, revision };
    const record = { accountId: key.accountId, actor: principal, resourceId: key.id, details };
    await tx.appendAudit({ ...record, action: 'credential.update' });
    return [credential, changed];
  });
  const { accountId, id: credentialId } = key;
  const isSameAcl = before.acl.join('\n') === after.acl.join('\n');
  if (!isSameAcl) bus.publish({ type: 'credential-changed', accountId, credentialId });
  return after;
}
