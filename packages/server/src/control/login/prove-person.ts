import { AditError } from '@adit/contracts';
import type { UserId } from '../../domain/entities.ts';
import type { LoginNames } from '../../domain/logins.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Member, Store, StoreTransaction } from '../../domain/store.ts';
import { auditLoginChange } from './audit-login-change.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { checkedPassword } from './password-text.ts';
import type { Passwords } from './passwords.ts';
import { takeSecondFactor } from './second-factor.ts';
import { wrongLogin } from './wrong-login.ts';

/** What proving takes. One of each for a server, whatever ways in there are. */
export interface LoginParts {
  readonly passwords: Passwords;
  readonly throttle: LoginThrottle;
}

/** Who somebody says to be, and what shall prove it. */
export interface LoginClaim extends LoginNames {
  readonly password: string;
  /** Of the second factor. */
  readonly code: string | undefined;
  /** Undefined: the password stays. */
  readonly newPassword: string | undefined;
  readonly clientAddress: string | undefined;
}

/** What a way in gives to somebody who has proved who they are: it acts as that principal from then on. */
export interface Entrance<T> {
  readonly principal: Principal;
  readonly result: T;
}

/**
 * Proves who somebody is by password and second factor, and lets them in: `enter` runs in the transaction that takes the code
 * and writes the audit record. Nothing is told of a user, not even that there is one, before the password was right.
 *
 * @throws {AditError} 9140: something is wrong. 9145: too many attempts failed. 9130: too many at once. And after the password
 *   was right, 9142: in several accounts. 205: the account is suspended. 9115: the user is disabled. 9143: the password must be
 *   changed. 9144: not to that one. 9141: a code is needed.
 */
export async function provePerson<T>(
  { store, passwords, throttle }: LoginParts & { readonly store: Pick<Store, 'findLogin' | 'write'> },
  claim: LoginClaim,
  enter: (tx: StoreTransaction, member: Member) => Promise<Entrance<T>>,
): Promise<T> {
  const { user, account, password, newPassword, clientAddress } = claim;
  return await throttle.guard({ names: { user, account }, clientAddress }, async () => {
    const found = await store.findLogin({ user, account });
    const isRight = await passwords.isRight(found?.password?.hash, password);
    if (!found?.password || !isRight) throw wrongLogin();
    const { userId, password: stored } = found;
    const next = newPassword === undefined ? undefined : await passwords.hash(checkedPassword(newPassword, password));
    const anew = next === undefined && passwords.isOutdated(stored.hash) ? await passwords.hash(password) : undefined;
    return await store.write(async (tx) => {
      const member = await oneMembership(tx, userId, account);
      if ((await tx.findPassword(userId))?.setAtMs !== stored.setAtMs) throw wrongLogin();
      if (stored.mustChange && next === undefined) throw new AditError(9143);
      const secondFactor = await takeSecondFactor(tx, userId, claim.code);
      if (next !== undefined) await tx.putPassword(userId, { hash: next, mustChange: false });
      if (anew !== undefined) await tx.rehashPassword(userId, anew);
      const { principal, result } = await enter(tx, member);
      const { accountId } = member;
      const record = { accountId, actor: principal, action: 'user.login', resourceId: userId };
      await tx.appendAudit({ ...record, details: { secondFactor } });
      if (next !== undefined) await auditLoginChange(tx, principal, { action: 'user.change_password' });
      return result;
    });
  });
}

async function oneMembership(tx: StoreTransaction, userId: UserId, account: string | undefined): Promise<Member> {
  const all = await tx.listMemberships(userId);
  const meant = all.filter((one) => account === undefined || one.accountId === account || one.accountName === account);
  const [member] = meant;
  if (!member) throw wrongLogin();
  if (meant.length > 1) throw new AditError(9142);
  if ((await tx.findAccount(member.accountId))?.suspendedAtMs !== null) throw new AditError(205);
  if (member.disabledAtMs !== null) throw new AditError(9115);
  return member;
}
