import { AditError } from '@adit/contracts';
import { beforeEach, expect, test } from 'vitest';
import { type FakeClock, fakeClock } from '../../clock/fake-clock.testkit.ts';
import { defaultLoginLimits } from './login-limits.ts';
import { LoginThrottle } from './login-throttle.ts';
import { wrongLogin } from './wrong-login.ts';

let clock: FakeClock;
let throttle: LoginThrottle;
beforeEach(() => {
  clock = fakeClock();
  throttle = new LoginThrottle(clock);
});

const home = '198.51.100.1';
let addresses = 0;
/** One that nobody has used. */
const elsewhere = () => `203.0.113.${++addresses}`;

/** `ok`, or how long it has to wait. */
async function attempt(
  user: string,
  clientAddress: string | undefined,
  work: () => Promise<unknown> = async () => Promise.reject(wrongLogin()),
): Promise<unknown> {
  try {
    await throttle.guard({ names: { user, account: undefined }, clientAddress }, work);
    return 'in';
  } catch (error) {
    if (!(error instanceof AditError)) throw error;
    return error.code === 9145 ? error.details['retry_after_seconds'] : error.code;
  }
}
const logIn = (user: string, clientAddress: string) => attempt(user, clientAddress, async () => undefined);

/** What the first of these attempts were answered, waiting each time as told. */
async function waits(count: number, next: () => Promise<unknown>): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (let tries = 0; answers.length < count && tries < 1_000; tries++) {
    const answer = await next();
    if (answer === 9140) continue;
    answers.push(answer);
    clock.advance(Number(answer) * 1000);
  }
  return answers;
}

test('the waits of a name double up to a minute, from wherever it is tried', async () => {
  const free = await Promise.all(Array.from({ length: 6 }, () => attempt('zoe', elsewhere())));
  expect(free).toEqual(Array(6).fill(9140).with(5, 9140));
  expect(await waits(9, () => attempt('zoe', elsewhere()))).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  expect(await attempt('ada', elsewhere())).toBe(9140);
});

test('the waits of a network go up to a quarter of an hour, under whatever names', async () => {
  let names = 0;
  const next = () => attempt(`nobody ${++names}`, home);
  expect(await waits(12, next)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
});

test.each([
  ['2001:db8::1', '2001:db8:0:0:ffff::1'],
  ['::ffff:198.51.100.1', home],
  ['fe80::1%eth0', 'fe80::2'],
])('%s and %s are one network', async (one, other) => {
  let names = 0;
  await waits(1, () => attempt(`nobody ${++names}`, one));
  clock.advance(-1000);
  expect(await attempt('somebody', other)).toBe(1);
  expect(await attempt('somebody', '2001:db8:0:1::1')).toBe(9140);
});

test('many at once count as many', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => attempt('zoe', home)));
  expect(answers.filter((answer) => answer === 9140)).toHaveLength(defaultLoginLimits.freeFailures + 1);
});

test('a success forgets the failures of the name, not those of the network', async () => {
  const fail = async (user: string) => {
    for (let i = 0; i < defaultLoginLimits.freeFailures; i++) expect(await attempt(user, home)).toBe(9140);
  };
  await fail('zoe');
  expect(await logIn('zoe', elsewhere())).toBe('in');
  for (let i = 0; i < defaultLoginLimits.freeFailures; i++) expect(await attempt('zoe', elsewhere())).toBe(9140);
  expect(await logIn('mallory', home)).toBe('in');
  expect(await attempt('ada', home)).toBe(9140);
  expect(await attempt('ada', home)).toBe(1);
});

test('strangers cannot keep a person out of where they have logged in before', async () => {
  expect(await logIn('zoe', home)).toBe('in');
  for (let i = 0; i < 100; i++) await attempt('zoe', elsewhere());
  expect(await attempt('zoe', elsewhere())).toEqual(expect.any(Number));
  expect(await logIn('zoe', home)).toBe('in');
  // Under this name only, and it waits for its own failures.
  expect(await waits(3, () => attempt('zoe', home))).toEqual([1, 2, 4]);
});

test('what ends otherwise than with a wrong login does not count', async () => {
  const fail = () => attempt('zoe', home, async () => Promise.reject(new AditError(9143)));
  for (let i = 0; i < 20; i++) expect(await fail()).toBe(9143);
  expect(throttle.size).toBe(0);
});

test('failures are forgotten after an hour without one', async () => {
  await waits(5, () => attempt('zoe', home));
  clock.advance(defaultLoginLimits.forgetAfterMs);
  for (let i = 0; i < defaultLoginLimits.freeFailures; i++) expect(await attempt('zoe', home)).toBe(9140);
});

test('it keeps a bounded number of names, networks and places', async () => {
  throttle = new LoginThrottle(clock, { ...defaultLoginLimits, maxCounted: 10 });
  for (let i = 0; i < 100; i++) {
    await attempt(`nobody ${i}`, `10.0.0.${i}`);
    await logIn(`person ${i}`, `10.0.1.${i}`);
  }
  expect(throttle.size).toBeLessThanOrEqual(30);
});
