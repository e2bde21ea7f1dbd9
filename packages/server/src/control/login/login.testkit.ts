// What tests of logging in share.
import type { Clock } from '../../domain/clock.ts';
import { defaultLoginLimits } from './login-limits.ts';
import { LoginThrottle } from './login-throttle.ts';
import { Passwords } from './passwords.ts';

/** The least there is: tests are not about how strong a hash is. */
export const cheapCost = { memory: 8, passes: 1, parallelism: 1 };

export const cheapPasswords = (): Passwords => new Passwords(defaultLoginLimits, cheapCost);

/** Tests fail more often than a person does. */
export const patientThrottle = (clock: Clock): LoginThrottle =>
  new LoginThrottle(clock, { ...defaultLoginLimits, freeFailures: Infinity });
