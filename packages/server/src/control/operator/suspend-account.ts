import type { Account } from '../../domain/entities.ts';
import type { Store } from '../../domain/store.ts';
import { oneAccount } from './find-one.ts';
import { auditOperator } from './operator-audit.ts';

/**
 * Suspends the account, or has it work again. A running server acts on it by itself. Answers the account as it was before.
 *
 * @throws {AditError} 9121, 9123: it cannot be told which.
 */
export function suspendAccount(
  store: Pick<Store, 'write'>,
  nameOrId: string,
  { isSuspended }: { isSuspended: boolean },
): Promise<Account> {
  return store.write(async (tx) => {
    const account = await oneAccount(tx, nameOrId);
    if ((account.suspendedAtMs !== null) === isSuspended) return account;
    await tx.setSuspended(account.id, isSuspended ? tx.nowMs : null);
    const action = isSuspended ? 'account.suspend' : 'account.resume';
    await auditOperator(tx, account.id, { action, resourceId: account.id });
    return account;
  });
}
