import { expect, test } from 'vitest';
import { parseTime, type TimeUnit } from './timestamps.ts';

test.each<[string, TimeUnit, number]>([
  ['1700000000', 's', 1_700_000_000_000],
  ['1700000000123', 'ms', 1_700_000_000_123],
  ['2023-11-14T22:13:20Z', 'iso', 1_700_000_000_000],
  ['2023-11-14T22:13:20.5Z', 'iso', 1_700_000_000_500],
  ['2023-11-14T14:13:20-08:00', 'iso', 1_700_000_000_000],
  ['2023-11-14T22:13:20.000000', 'iso', 1_700_000_000_000],
])('parseTime() takes %s (%s)', (text, unit, expected) => {
  expect(parseTime(text, unit)).toBe(expected);
});

test('parseTime() takes a time without zone for UTC, wherever the server stands', () => {
  const zone = process.env['TZ'];
  process.env['TZ'] = 'America/New_York';
  try {
    expect(parseTime('2023-11-14T22:13:20.000000', 'iso')).toBe(1_700_000_000_000);
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
});

test.each<[string, TimeUnit]>([
  ['', 's'],
  ['-1', 's'],
  ['1e9', 's'],
  ['1700000000.5', 's'],
  [' 1700000000', 's'],
  ['0x10', 'ms'],
  ['9'.repeat(16), 'ms'],
  ['2023-11-14', 'iso'],
  ['2023-13-14T22:13:20Z', 'iso'],
  ['Tue, 14 Nov 2023 22:13:20 GMT', 'iso'],
])('parseTime() refuses %j (%s)', (text, unit) => {
  expect(() => parseTime(text, unit)).toThrow('not written as the provider writes it');
});
