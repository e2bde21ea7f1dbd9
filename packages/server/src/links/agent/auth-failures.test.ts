import { expect, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import { defaultAgentLimits } from './agent-limits.ts';
import { AuthFailures } from './auth-failures.ts';

function setUp(change: Partial<typeof defaultAgentLimits> = {}) {
  const clock = fakeClock();
  const limits = { ...defaultAgentLimits, authFailuresPerAddress: 2, authFailuresPerToken: 1, ...change };
  return { clock, failures: new AuthFailures(clock, limits) };
}

test('an address is blocked once it has failed as often as it may, until its window ends', () => {
  const { clock, failures } = setUp();
  failures.noteAddress('192.0.2.1');
  expect(failures.isAddressBlocked('192.0.2.1')).toBe(false);
  clock.advance(59_999);
  failures.noteAddress('192.0.2.1');
  expect(failures.isAddressBlocked('192.0.2.1')).toBe(true);
  expect(failures.isAddressBlocked('192.0.2.2')).toBe(false);
  clock.advance(1);
  expect(failures.isAddressBlocked('192.0.2.1')).toBe(false);
});

test('a token is counted apart from addresses', () => {
  const { failures } = setUp();
  failures.noteToken('token x');
  expect(failures.isTokenBlocked('token x')).toBe(true);
  expect(failures.isTokenBlocked('token y')).toBe(false);
});

test.each<[one: string, other: string, isSame: boolean]>([
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['2001:db8::1:2:3:4:5', '2001:db8:0:1::9', true],
  ['fe80::1%eth0', 'fe80::2', true],
  ['::2', '::3', true],
  ['::ffff:192.0.2.1', '192.0.2.1', true],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
  ['::FFFF:192.0.2.1', '192.0.2.1', true],
])('addresses %s and %s share a count: %s', (one, other, isSame) => {
  const { failures } = setUp({ authFailuresPerAddress: 1 });
  failures.noteAddress(one);
  expect(failures.isAddressBlocked(other)).toBe(isSame);
});

test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])(
  'the loopback address %s is never blocked',
  (address) => {
    const { failures } = setUp({ authFailuresPerAddress: 1 });
    failures.noteAddress(address);
    expect(failures.isAddressBlocked(address)).toBe(false);
  },
);

test('the table is bounded: whoever failed longest ago is forgotten', () => {
  const { failures } = setUp({ authFailuresPerAddress: 1, maxAuthFailureKeys: 2 });
  for (const address of ['a', 'b', 'a', 'c']) failures.noteAddress(address);
  expect(['a', 'b', 'c'].map((address) => failures.isAddressBlocked(address))).toEqual([true, false, true]);
});
