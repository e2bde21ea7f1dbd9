import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test.each([
  [0, Number.POSITIVE_INFINITY, 0],
  [1, Number.POSITIVE_INFINITY, 250],
  [2, Number.POSITIVE_INFINITY, 500],
  [3, Number.POSITIVE_INFINITY, 1000],
  [7, Number.POSITIVE_INFINITY, 16_000],
  [8, Number.POSITIVE_INFINITY, 30_000],
  [5000, Number.POSITIVE_INFINITY, 30_000],
  [8, 1_500, 1_500],
  [8, 0, 250],
])(
  'backoffMs() waits at most, before attempt %i when the server is gone for %d ms, %i ms',
  (attempt, goneForMs, most) => {
    expect(backoffMs(attempt, { random: () => 1, goneForMs })).toBe(most);
    expect(backoffMs(attempt, { random: () => 0, goneForMs })).toBe(0);
  },
);

test('backoffMs() spreads over the whole range', () => {
  const times = fc.tuple(fc.nat(100), fc.nat(100_000));
  fc.assert(
    fc.property(times, fc.double({ min: 0, max: 0.999, noNaN: true }), ([attempt, goneForMs], share) => {
      const most = backoffMs(attempt, { random: () => 1, goneForMs });
      expect(backoffMs(attempt, { random: () => share, goneForMs })).toBe(Math.round(share * most));
    }),
  );
});
