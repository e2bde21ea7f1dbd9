import { expect, test } from 'vitest';
import { portRange } from './port-range.ts';

test.each<[unknown, { first: number; last: number } | null]>([
  [2222, { first: 2222, last: 2222 }],
  ['20000-20999', { first: 20_000, last: 20_999 }],
  ['1-65535', { first: 1, last: 65_535 }],
  ['2222', { first: 2222, last: 2222 }],
  ['none', null],
])('portRange reads %j', (text, range) => {
  expect(portRange.parse(text)).toEqual(range);
});

test.each([
  '',
  '0',
  '0-5',
  '5-4',
  '1-65536',
  '99999',
  '1-2-3',
  '-5',
  '5-',
  'all',
  ' 1-2',
  '1 - 2',
  0,
  1.5,
  -1,
  65_536,
  null,
  true,
  {},
])('portRange refuses %j', (given: unknown) => {
  expect(() => portRange.parse(given)).toThrow('20000-20999');
});
