import { expect, test } from 'vitest';
import { renewalTime, retryTime } from './schedule.ts';

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

test.each([
  [90 * dayMs, 0, 60 * dayMs],
  [90 * dayMs, 1, 55.5 * dayMs],
  [6 * dayMs, 0, 4 * dayMs],
  [6 * dayMs, 1, 3.7 * dayMs],
])('a certificate for %i ms is replaced, with the random number %d, after %i ms', (lifeMs, random, afterMs) => {
  const life = { nowMs: 1_000, notBeforeMs: 1_000, notAfterMs: 1_000 + lifeMs };
  expect(renewalTime(life, () => random)).toBe(1_000 + afterMs);
});

test('where a clock is wrong, one order does not follow the other', () => {
  const life = { nowMs: 500 * dayMs, notBeforeMs: 0, notAfterMs: 90 * dayMs };
  expect(renewalTime(life, () => 0)).toBe(504.5 * dayMs);
});

test.each<[failures: number, notBeforeMs: number | null, random: number, delayMs: number]>([
  [0, null, 0, minuteMs],
  [0, null, 1, 0.75 * minuteMs],
  [3, null, 0, 8 * minuteMs],
  [11, null, 0, dayMs],
  [5_000, null, 0, dayMs],
  [0, 3 * dayMs, 0, 3 * dayMs],
  [3, 1, 0, 8 * minuteMs],
])(
  'after %i failures, told %s, with the random number %d, it is %d ms until the next try',
  (failures, told, random, delayMs) => {
    const nowMs = 10 * dayMs;
    const notBeforeMs = told === null ? null : nowMs + told;
    expect(retryTime({ nowMs, failures, notBeforeMs }, () => random)).toBe(nowMs + delayMs);
  },
);
