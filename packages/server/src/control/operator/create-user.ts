import { AditError, isId, newId } from '@adit/contracts';
import type { Account, User } from '../../domain/entities.ts';
import { type UsualRole, usualRoles } from '../../domain/roles.ts';
import type { Member, Store, StoreTransaction } from '../../domain/store.ts';
import { checkedName } from '../checked-name.ts';
import { oneAccount } from './find-one.ts';
import { auditOperator } from './operator-audit.ts';

export interface NewMember {
  /** Of a new user; or the id of one who is in another account and shall be in this one as well. */
  readonly nameOrId: string;
  /** Name or id. */
  readonly account: string;
  readonly role: UsualRole;
}

/**
 * Makes a user in the account, or adds one who is in another account.
 *
 * @throws {AditError} 9120: a name that cannot be used. 9121, 9123: it cannot be told which account or user. 9122: the
 *   account has a user of that name.
 */
export function createUser(store: Pick<Store, 'write'>, { nameOrId, account, role }: NewMember): Promise<Member> {
  return store.write(async (tx) => {
    const into = await oneAccount(tx, account);
    const isNew = !isId('user', nameOrId);
    const user = isNew ? newUser(nameOrId, tx.nowMs) : await userWithId(tx, nameOrId);
    await refuseTaken(tx, into, user);
    if (isNew) await tx.insertUser(user);
    const membership = { accountId: into.id, userId: user.id, roles: usualRoles[role] };
    await tx.insertMembership(membership);
    const action = isNew ? 'user.create' : 'user.add';
    await auditOperator(tx, into.id, { action, resourceId: user.id, details: { ...membership.roles } });
    return { ...membership, disabledAtMs: null, revision: 1, accountName: into.name, user };
  });
}

function newUser(name: string, nowMs: number): User {
  return { id: newId('user', nowMs), name: checkedName(name), createdAtMs: nowMs };
}

async function userWithId(tx: StoreTransaction, id: string): Promise<User> {
  const member = (await tx.listMembers()).find(({ userId }) => userId === id);
  if (!member) throw new AditError(9121, `Cannot add the user "${id}": there is none`);
  return member.user;
}

/** Two of one name in one account could not be told apart by whoever reads about them. */
async function refuseTaken(tx: StoreTransaction, account: Account, { id, name }: User): Promise<void> {
  const members = await tx.listMembers(account.id);
  if (!members.some(({ user }) => user.id === id || user.name === name)) return;
  throw new AditError(9122, `Cannot create the user "${name}": the account "${account.name}" has one of that name`);
}
