import { expect, test } from 'vitest';
import { addressRanges } from './address-ranges.ts';

test.each<[string | string[], string[], string[]]>([
  ['10.0.0.0/8', ['10.0.0.0', '10.255.255.255'], ['11.0.0.0', '::ffff:a00:1', '9.255.255.255']],
  ['10.1.2.3', ['10.1.2.3'], ['10.1.2.4']],
  ['10.1.2.3/8', ['10.9.9.9'], ['11.1.2.3']],
  ['2001:db8::/32', ['2001:db8::1', '2001:DB8:ffff::'], ['2001:db9::', '10.0.0.1']],
  ['::/0', ['::1', '2001:db8::1'], ['127.0.0.1', 'a.test', '']],
  ['0.0.0.0/0', ['127.0.0.1'], ['::1']],
  ['::ffff:10.0.0.0/104', ['10.9.9.9'], ['11.0.0.1']],
  [['10.0.0.0/8', '::1'], ['10.0.0.1', '::1'], ['::2']],
  [[], [], ['127.0.0.1', '::1']],
])('addressRanges of %j has %j and not %j', (ranges, inside, outside) => {
  const parsed = addressRanges.parse(ranges);
  expect([...inside, ...outside].filter((ip) => parsed.has(ip))).toEqual(inside);
  expect(parsed.isEmpty).toBe(ranges.length === 0);
});

test('addressRanges is empty by default', () => {
  expect(addressRanges.parse(undefined).isEmpty).toBe(true);
});

test.each([
  '',
  'localhost',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/08',
  '10.0.0.0/8/8',
  '10.0.0/8',
  '010.0.0.0/8',
  '::/129',
  'fe80::1%eth0',
  '[::1]',
  '10.0.0.0/8,11.0.0.0/8',
])('addressRanges refuses %j', (range) => {
  expect(addressRanges.safeParse(['10.0.0.0/8', range]).error?.issues[0]?.message).toBe(
    `"${range}" is not in CIDR notation`,
  );
});
