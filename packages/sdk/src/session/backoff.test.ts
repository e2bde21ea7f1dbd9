import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test.each([
  [0, 0],
  [1, 250],
  [2, 500],
  [3, 1000],
  [7, 16_000],
  [8, 30_000],
  [5000, 30_000],
])('backoffMs() waits at most, before attempt %i, %i ms', (attempt, ceiling) => {
  expect(backoffMs(attempt, () => 1)).toBe(ceiling);
  expect(backoffMs(attempt, () => 0)).toBe(0);
});

test('backoffMs() spreads over the whole range', () => {
  fc.assert(
    fc.property(fc.nat(100), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, share) => {
      expect(backoffMs(attempt, () => share)).toBe(Math.round(share * backoffMs(attempt, () => 1)));
    }),
  );
});
