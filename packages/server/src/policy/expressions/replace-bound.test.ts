import { expect, test } from 'vitest';
import { compilePattern } from './compile-pattern.ts';

test('replacing ends when it takes too long, as many matches can take the square of the text', () => {
  let nowMs = 0;
  const now = () => (nowMs += 1);
  // Every match looks to the end of the text for the other form first.
  const pattern = compilePattern('a[^b]*b|a', { now });
  expect(pattern.replace('a'.repeat(900), 'c').text).toBe('c'.repeat(900));
  expect(() => pattern.replace('a'.repeat(1_100), 'c')).toThrow('too long');
  expect(nowMs).toBeLessThan(2_100);
});

test('replacing ends when it makes too much of little', () => {
  const pattern = compilePattern('.', { now: () => 0 });
  const bomb = 'x'.repeat(65_536);
  expect(pattern.replace('a'.repeat(100), bomb).text).toHaveLength(6_553_600);
  expect(() => pattern.replace('a'.repeat(1_000_000), bomb)).toThrow('too long');
});
