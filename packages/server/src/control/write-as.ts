import { AditError } from '@adit/contracts';
import type { Principal } from '../domain/principal.ts';
import type { Store, StoreTransaction } from '../domain/store.ts';

/**
 * `store.write` for a principal: makes sure, inside the transaction, that the credential that proved them still opens something.
 * Without it a caller who holds back the end of a body could make a new key with one that was revoked meanwhile.
 *
 * @throws {AditError} 203: the credential was revoked. 205: the account was suspended.
 */
export function writeAs<T>(
  store: Pick<Store, 'write'>,
  principal: Principal,
  change: (tx: StoreTransaction) => Promise<T>,
): Promise<T> {
  const { accountId, credentialKind: kind, credentialId: id } = principal;
  return store.write(async (tx) => {
    if (!(await tx.findCredential({ accountId, kind, id }))) throw new AditError(203);
    if ((await tx.findAccount(accountId))?.suspendedAtMs !== null) throw new AditError(205);
    return change(tx);
  });
}
