// What people change of their own logins, with an API key and with what they know besides.
import { AditError } from '@adit/contracts';
import type { Principal } from '../../domain/principal.ts';
import type { Store, StoreTransaction } from '../../domain/store.ts';
import { writeAs } from '../write-as.ts';
import { auditLoginChange } from './audit-login-change.ts';
import { checkedPassword } from './password-text.ts';
import type { LoginParts } from './prove-person.ts';
import { newRecoveryCodes } from './recovery-codes.ts';
import { takeSecondFactor, takeTotpCode } from './second-factor.ts';
import { newSeed } from './totp.ts';
import { wrongLogin } from './wrong-login.ts';

type Deps = LoginParts & { readonly store: Pick<Store, 'findLogin' | 'write'> };

/**
 * @throws {AditError} 9140: the current password is wrong. 9144: not to that one. 9148: there is none yet. 9145, 9130: not now. As
 *   `writeAs`.
 */
export async function changePassword(
  deps: Deps,
  principal: Principal,
  { current, next }: { current: string; next: string },
): Promise<void> {
  await withPassword(deps, { principal, password: current }, async (write) => {
    const hash = await deps.passwords.hash(checkedPassword(next, current));
    await write(async (tx) => {
      await tx.putPassword(principal.userId, { hash, mustChange: false });
      await auditLoginChange(tx, principal, { action: 'user.change_password' });
    });
  });
}

/**
 * Makes the seed of a second factor, which counts once it is confirmed. It takes the password: who has found a key must not
 * be able to lock its owner out.
 *
 * @throws {AditError} 9146: there is a confirmed one. Else as `changePassword`.
 */
export async function beginTotp(deps: Deps, principal: Principal, password: string): Promise<Uint8Array> {
  const seed = newSeed();
  await withPassword(deps, { principal, password }, (write) =>
    write(async (tx) => {
      await refuseConfirmed(tx, principal);
      await tx.putTotp(principal.userId, seed);
    }),
  );
  return seed;
}

/**
 * From now on logins take a code. Answers the recovery codes, which exist nowhere else.
 *
 * @throws {AditError} 9140: the code is wrong. 9146: it is confirmed already. 9147: none was begun. 9145: not now. As `writeAs`.
 */
export async function confirmTotp(deps: Deps, principal: Principal, code: string): Promise<string[]> {
  const { codes, hashes } = newRecoveryCodes();
  const { userId } = principal;
  await guarded(deps, principal, () =>
    writeAs(deps.store, principal, async (tx) => {
      await refuseConfirmed(tx, principal);
      const totp = await tx.readTotp(userId);
      if (!totp) throw new AditError(9147);
      if (!(await takeTotpCode(tx, { userId, seed: totp.seed, code }))) throw wrongLogin();
      await tx.confirmTotp(userId);
      await tx.putRecoveryCodes(userId, hashes);
      await auditLoginChange(tx, principal, { action: 'user.add_second_factor' });
    }),
  );
  return codes;
}

/** @throws {AditError} 9140: the code is wrong. 9147: there is no second factor. 9145: not now. As `writeAs`. */
export async function removeTotp(deps: Deps, principal: Principal, code: string): Promise<void> {
  const { userId } = principal;
  await guarded(deps, principal, () =>
    writeAs(deps.store, principal, async (tx) => {
      const shown = await takeSecondFactor(tx, userId, code);
      if (shown === 'none') throw new AditError(9147);
      await tx.deleteSecondFactor(userId);
      await auditLoginChange(tx, principal, { action: 'user.remove_second_factor', details: { secondFactor: shown } });
    }),
  );
}

async function refuseConfirmed(tx: StoreTransaction, { userId }: Principal): Promise<void> {
  const isConfirmed = ((await tx.readTotp(userId))?.confirmedAtMs ?? null) !== null;
  if (isConfirmed) throw new AditError(9146);
}

type Change = (tx: StoreTransaction) => Promise<void>;

/** @param work What it writes is kept only if the password is still the one that was checked. */
async function withPassword(
  deps: Deps,
  { principal, password }: { principal: Principal; password: string },
  work: (write: (change: Change) => Promise<void>) => Promise<void>,
): Promise<void> {
  await guarded(deps, principal, async () => {
    const found = await deps.store.findLogin({ user: principal.userId, account: principal.accountId });
    if (!found?.password) throw new AditError(9148);
    const { hash, setAtMs } = found.password;
    if (!(await deps.passwords.isRight(hash, password))) throw wrongLogin();
    await work((change) =>
      writeAs(deps.store, principal, async (tx) => {
        if ((await tx.findPassword(principal.userId))?.setAtMs !== setAtMs) throw wrongLogin();
        await change(tx);
      }),
    );
  });
}

async function guarded<T>({ throttle }: Deps, principal: Principal, work: () => Promise<T>): Promise<T> {
  const { userId: user, accountId: account, clientAddress } = principal;
  return await throttle.guard({ names: { user, account }, clientAddress }, work);
}
