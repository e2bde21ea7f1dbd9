import { AditError } from '@adit/contracts';
import type { Principal } from '../domain/principal.ts';
import { areSame } from '../domain/roles.ts';
import type { Store, StoreTransaction } from '../domain/store.ts';

/**
 * `store.write` for a principal: makes sure, inside the transaction, that they are still who they were when they were let in.
 * Without it a caller who holds back the end of a body could make a new key with one that was revoked meanwhile,
 * or go on with roles that they have lost.
 *
 * @throws {AditError} 203: the credential was revoked. 205: the account was suspended. 9115: the user was disabled. 9100: they
 *   have other roles now.
 */
export function writeAs<T>(
  store: Pick<Store, 'write'>,
  principal: Principal,
  change: (tx: StoreTransaction) => Promise<T>,
): Promise<T> {
  const { accountId, userId, credentialKind: kind, credentialId: id } = principal;
  return store.write(async (tx) => {
    if (!(await tx.findCredential({ accountId, kind, id }))) throw new AditError(203);
    if ((await tx.findAccount(accountId))?.suspendedAtMs !== null) throw new AditError(205);
    const member = await tx.findMember({ accountId, userId });
    if (member?.disabledAtMs !== null) throw new AditError(9115);
    if (!areSame(member.roles, principal.roles)) {
      throw new AditError(9100, 'Cannot do this now: what you may do has just changed; try again');
    }
    return change(tx);
  });
}
