import type { UserId } from '../../domain/entities.ts';
import { hashSecret } from '../../domain/secret.ts';
import type { Store } from '../../domain/store.ts';
import { cheapPasswords } from './login.testkit.ts';
import { codeOf, stepAt } from './totp.ts';

const testSeed = Buffer.alloc(20, 9);

/** The code that an app with the seed of tests shows at that time. */
export function testCode(nowMs: number): string {
  return codeOf(testSeed, stepAt(nowMs));
}

export interface LoginState {
  readonly password?: { readonly text: string; readonly mustChange?: boolean };
  /** `confirmed`: with the recovery code, as it is kept, that follows. Default: none. */
  readonly totp?: 'begun' | 'confirmed';
  readonly recoveryCode?: string;
}

/** Gives a user that to log in with, and nothing else; codes that were used are good again. */
export async function setLogin(
  store: Pick<Store, 'write'>,
  userId: UserId,
  { password, totp, recoveryCode = 'aaaabbbbccccdddd' }: LoginState,
): Promise<void> {
  const hash = password && (await cheapPasswords().hash(password.text));
  await store.write(async (tx) => {
    if (password && hash) await tx.putPassword(userId, { hash, mustChange: password.mustChange ?? false });
    await tx.deleteSecondFactor(userId);
    if (totp) await tx.putTotp(userId, testSeed);
    if (totp !== 'confirmed') return;
    await tx.confirmTotp(userId);
    await tx.putRecoveryCodes(userId, [hashSecret(recoveryCode)]);
  });
}
