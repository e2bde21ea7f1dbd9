// What tests of logging in share.
import { defaultLoginLimits } from './login-limits.ts';
import { Passwords } from './passwords.ts';

/** The least there is: tests are not about how strong a hash is. */
export const cheapCost = { memory: 8, passes: 1, parallelism: 1 };

export const cheapPasswords = (): Passwords => new Passwords(defaultLoginLimits, cheapCost);
