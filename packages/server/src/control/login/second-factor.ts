import { AditError } from '@adit/contracts';
import type { UserId } from '../../domain/entities.ts';
import type { StoreTransaction } from '../../domain/store.ts';
import { recoveryCodeHash } from './recovery-codes.ts';
import { stepsOf } from './totp.ts';
import { wrongLogin } from './wrong-login.ts';

/** What was shown besides the password. */
export type ShownFactor = 'none' | 'totp' | 'recovery_code';

/**
 * Takes a code of the user's second factor, if they have one, so that it is good for nothing any more. In the transaction of
 * what it is shown for: that two servers compare and set one after the other is the database's work.
 *
 * @param code Six digits of the app, or a recovery code; undefined: none was sent.
 * @throws {AditError} 9141: one is needed. 9140: it is wrong, or was used.
 */
export async function takeSecondFactor(
  tx: StoreTransaction,
  userId: UserId,
  code: string | undefined,
): Promise<ShownFactor> {
  const totp = await tx.readTotp(userId);
  if (!totp || totp.confirmedAtMs === null) return 'none';
  if (code === undefined) throw new AditError(9141);
  if (await takeTotpCode(tx, { userId, seed: totp.seed, code })) return 'totp';
  const hash = recoveryCodeHash(code);
  if (hash && (await tx.takeRecoveryCode(userId, hash))) return 'recovery_code';
  throw wrongLogin();
}

/** True: the code is one of now, and is used up now. */
export async function takeTotpCode(
  tx: StoreTransaction,
  { userId, seed, code }: { userId: UserId; seed: Uint8Array; code: string },
): Promise<boolean> {
  for (const step of stepsOf(seed, code.replaceAll(/\s/g, ''), tx.nowMs)) {
    if (await tx.takeTotpStep(userId, step)) return true;
  }
  return false;
}
