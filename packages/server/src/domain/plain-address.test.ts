import { expect, test } from 'vitest';
import { plainAddress } from './plain-address.ts';

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['::FFFF:203.0.113.9', '203.0.113.9'],
  ['2001:db8::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::1', '::1'],
])('plainAddress("%s") is "%s"', (address, expected) => {
  expect(plainAddress(address)).toBe(expected);
});
