import { expect, test } from 'vitest';
import { compilePattern } from './compile-pattern.ts';

test('replacing ends when it takes too long, as many matches can take the square of the text', () => {
  let nowMs = 0;
  const now = () => (nowMs += 1);
  // Every match looks to the end of the text for the other form first.
  const pattern = compilePattern('a[^b]*b|a', { now });
  expect(pattern.replace('a'.repeat(600), 'c').text).toBe('c'.repeat(600));
  expect(() => pattern.replace('a'.repeat(1_100), 'c')).toThrow('too long');
  expect(nowMs).toBeLessThan(2_100);
});

test('replacing ends when looking for one match takes too long', () => {
  let nowMs = 0;
  const pattern = compilePattern('[ab]*a[ab]{199}c', { now: () => (nowMs += 50) });
  const found = pattern.replace(`c${'ab'.repeat(1_000)}c`, '-');
  expect(found).toEqual({ text: 'c-', matches: [`${'ab'.repeat(1_000)}c`] });
  // The c is only there so that there could be a match.
  expect(() => pattern.replace(`c${'ab'.repeat(50_000)}`, '-')).toThrow('too long');
  expect(nowMs).toBeLessThan(2_500);
});

test('replacing ends when it makes too much of little', () => {
  const pattern = compilePattern('.', { now: () => 0 });
  const bomb = 'x'.repeat(65_536);
  expect(pattern.replace('a'.repeat(100), bomb).text).toHaveLength(6_553_600);
  expect(() => pattern.replace('a'.repeat(1_000_000), bomb)).toThrow('too long');
});
