import { expect, it } from 'vitest';
import { median, quantile } from './quantile.ts';

it('median() of an even count is the upper middle', () => {
  expect(median([4, 1, 3, 2])).toBe(3);
});

it.each([
  [0, 1],
  [0.99, 100],
  [1, 100],
])('quantile() %d of 1…100 is %d', (q, expected) => {
  const numbers = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(quantile(numbers, q)).toBe(expected);
});

it('quantile() of nothing is not a number', () => {
  expect(quantile([], 0.5)).toBeNaN();
});
