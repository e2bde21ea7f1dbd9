import { AditError } from '@adit/contracts';
import type { Member, Store, StoreTransaction } from '../../domain/store.ts';
import { checkedPassword } from '../login/password-text.ts';
import { Passwords } from '../login/passwords.ts';
import { newTypedSecret } from '../login/typed-secret.ts';
import type { Whom } from './erase-user.ts';
import { oneAccount, oneMember } from './find-one.ts';
import { auditOperator } from './operator-audit.ts';

/**
 * Gives a person a new random password, good for nothing but to choose another one. It stands in the log of every account that
 * they are in: it lets them into all of them.
 *
 * @throws {AditError} 9121, 9123: it cannot be told whose, or it is a program, which has no password.
 */
export async function resetPassword(
  store: Pick<Store, 'write'>,
  whom: Whom,
): Promise<{ member: Member; password: string }> {
  const password = checkedPassword(newTypedSecret());
  // Before the transaction, which holds up everybody else.
  const hash = await new Passwords().hash(password);
  return await store.write(async (tx) => {
    const member = await onePerson(tx, whom);
    await tx.putPassword(member.userId, { hash, mustChange: true });
    await auditEverywhere(tx, member, 'user.reset_password');
    return { member, password };
  });
}

/**
 * Takes the second factor of a person away, with the recovery codes: they log in by their password alone. In the log of every
 * account that they are in.
 *
 * @throws {AditError} 9121, 9123: it cannot be told whose. 9147: there is none.
 */
export function resetMfa(store: Pick<Store, 'write'>, whom: Whom): Promise<Member> {
  return store.write(async (tx) => {
    const member = await onePerson(tx, whom);
    if (!(await tx.deleteSecondFactor(member.userId))) {
      throw new AditError(9147, `Cannot reset the second factor of "${member.user.name}": there is none`);
    }
    await auditEverywhere(tx, member, 'user.reset_mfa');
    return member;
  });
}

async function onePerson(tx: StoreTransaction, { nameOrId, account }: Whom): Promise<Member> {
  const member = await oneMember(tx, await oneAccount(tx, account), nameOrId);
  if (member.userId.startsWith('usr_')) return member;
  throw new AditError(
    9121,
    `Cannot reset how "${member.user.name}" logs in: it is a service user, which has keys only`,
  );
}

async function auditEverywhere(tx: StoreTransaction, { userId }: Member, action: string): Promise<void> {
  for (const { accountId } of await tx.listMemberships(userId)) {
    await auditOperator(tx, accountId, { action, resourceId: userId });
  }
}
