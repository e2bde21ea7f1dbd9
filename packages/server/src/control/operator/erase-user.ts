import { AditError, isId } from '@adit/contracts';
import type { UserId } from '../../domain/entities.ts';
import type { Member, Store, StoreTransaction } from '../../domain/store.ts';
import { keepAdministrator } from '../members/member-call.ts';
import { oneAccount, oneMember } from './find-one.ts';
import { auditOperator } from './operator-audit.ts';

export interface Whom {
  /** Of a member; or the id of somebody who was one. */
  readonly nameOrId: string;
  /** Name or id. */
  readonly account: string;
}

export interface Erasure {
  readonly userId: UserId;
  /** Null: they had been taken out of the account before. */
  readonly name: string | null;
  readonly accountName: string;
}

/**
 * Who would be erased, and from where.
 *
 * @throws {AditError} 9121, 9123: it cannot be told which account or user.
 */
export async function planErasure(
  store: Pick<StoreTransaction, 'findAccounts' | 'listMembers'>,
  { nameOrId, account }: Whom,
): Promise<Erasure & { readonly member: Member | undefined }> {
  const { id, name: accountName } = await oneAccount(store, account);
  const members = await store.listMembers(id);
  if (isId('user', nameOrId) && !members.some(({ userId }) => userId === nameOrId)) {
    return { userId: nameOrId, name: null, accountName, member: undefined };
  }
  const member = await oneMember(store, { id, name: accountName }, nameOrId);
  return { userId: member.userId, name: member.user.name, accountName, member };
}

/**
 * Takes a person out of the account, with the credentials they have there, and deletes what tells in its audit log who they
 * were. A running server acts on it by itself.
 *
 * @throws {AditError} 9121, 9123: it cannot be told which account or user, or nothing is known of them. 9114: nobody would be
 *   left to administrate the account.
 */
export function eraseUser(store: Pick<Store, 'write'>, whom: Whom): Promise<Erasure> {
  return store.write(async (tx) => {
    const { id: accountId } = await oneAccount(tx, whom.account);
    const { member, ...erasure } = await planErasure(tx, whom);
    if (member) {
      await keepAdministrator(tx, member, null);
      await tx.deleteMember(member);
    }
    const { userId: resourceId } = erasure;
    const wasKnown = await tx.erasePerson({ accountId, userId: resourceId });
    if (!member && !wasKnown) {
      throw new AditError(9121, `Cannot erase the user "${resourceId}": nothing is known of them in this account`);
    }
    await auditOperator(tx, accountId, { action: 'user.erase', resourceId });
    return erasure;
  });
}
