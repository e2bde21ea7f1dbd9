import { AditError, newId } from '@adit/contracts';
import { usualRoles } from '../../domain/roles.ts';
import type { Member, Store } from '../../domain/store.ts';
import { checkedName } from '../checked-name.ts';
import { auditOperator } from './operator-audit.ts';

/**
 * Makes an account with its first administrator: one without would be nobody's to manage.
 *
 * @throws {AditError} 9120: a name that cannot be used. 9122: there is an account of that name.
 */
export async function createAccount(
  store: Pick<Store, 'write'>,
  names: { name: string; administrator: string },
): Promise<Member> {
  const [name, administrator] = [checkedName(names.name), checkedName(names.administrator)];
  return store.write(async (tx) => {
    if ((await tx.findAccounts(name)).length > 0) {
      throw new AditError(9122, `Cannot create the account "${name}": there is one of that name`);
    }
    const account = { id: newId('account', tx.nowMs), name, createdAtMs: tx.nowMs };
    const user = { id: newId('user', tx.nowMs), name: administrator, createdAtMs: tx.nowMs };
    const membership = { accountId: account.id, userId: user.id, roles: usualRoles.administrator };
    await tx.insertAccount(account);
    await tx.insertUser(user);
    await tx.insertMembership(membership);
    await auditOperator(tx, account.id, { action: 'account.create', resourceId: account.id });
    const details = { ...membership.roles };
    await auditOperator(tx, account.id, { action: 'user.create', resourceId: user.id, details });
    return { ...membership, disabledAtMs: null, revision: 1, accountName: name, user };
  });
}
