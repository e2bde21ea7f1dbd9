import { newId } from '@adit/contracts';
import type { Credential, CredentialKind, NewAccount, User } from '../domain/entities.ts';
import { type UsualRole, usualRoles } from '../domain/roles.ts';
import type { StoreTransaction } from '../domain/store.ts';

export interface Member {
  readonly account: NewAccount;
  readonly user: User;
}

/** Writes an account with one member, who holds the role. */
export async function addMember(tx: StoreTransaction, role: UsualRole = 'administrator'): Promise<Member> {
  const account = { id: newId('account', tx.nowMs), name: 'default', createdAtMs: tx.nowMs };
  const user = { id: newId('user', tx.nowMs), name: 'admin', createdAtMs: tx.nowMs };
  await tx.insertAccount(account);
  await tx.insertUser(user);
  await tx.insertMembership({ accountId: account.id, userId: user.id, roles: usualRoles[role] });
  return { account, user };
}

/** Writes another member of the same account. */
export async function addColleague(tx: StoreTransaction, { account }: Member): Promise<Member> {
  const user = { id: newId('user', tx.nowMs), name: 'colleague', createdAtMs: tx.nowMs };
  await tx.insertUser(user);
  await tx.insertMembership({ accountId: account.id, userId: user.id, roles: usualRoles.developer });
  return { account, user };
}

/** Every run of 16 characters of a secret behind its prefix: nothing has one of them by chance. */
export function partsOf(secret: string): string[] {
  const random = secret.slice('adit_ak_'.length);
  return Array.from({ length: random.length - 15 }, (_, at) => random.slice(at, at + 16));
}

/** Makes, but does not write, a credential of that member. */
export function makeCredential(member: Member, kind: CredentialKind = 'authtoken'): Credential {
  const createdAtMs = member.account.createdAtMs;
  return {
    id: kind === 'authtoken' ? newId('credential', createdAtMs) : newId('apiKey', createdAtMs),
    kind,
    accountId: member.account.id,
    ownerId: member.user.id,
    description: 'Zoë’s laptop',
    metadata: '{"a":1}',
    createdAtMs,
    acl: [],
    revision: 1,
  };
}
