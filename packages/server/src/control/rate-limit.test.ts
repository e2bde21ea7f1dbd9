import { AditError, type Id } from '@adit/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import { defaultApiLimits } from './api-limits.ts';
import { RateLimit } from './rate-limit.ts';

const account = (letter: string): Id<'account'> => `ac_${letter.repeat(27)}`;
const ann = account('a');

function started(limits = { callsPerMinute: 3, maxCountedAccounts: 2 }) {
  const clock = fakeClock();
  const rateLimit = new RateLimit(clock, limits);
  /** Undefined: it passed. */
  const waitSeconds = (accountId = ann): unknown => {
    try {
      rateLimit.take(accountId);
    } catch (error) {
      if (error instanceof AditError && error.code === 226) return error.details['retry_after_seconds'];
      throw error;
    }
    return undefined;
  };
  return { clock, rateLimit, waitSeconds };
}

test('1,200 calls in 60 seconds pass by default, and no more', () => {
  const clock = fakeClock();
  const rateLimit = new RateLimit(clock, defaultApiLimits);
  for (let i = 0; i < 1_200; i++) rateLimit.take(ann);
  expect(() => rateLimit.take(ann)).toThrow(
    expect.objectContaining({ code: 226, status: 429, details: { retry_after_seconds: 60 } }),
  );
});

test('the window moves with each call, and refused calls do not count', () => {
  const { clock, waitSeconds } = started();
  const calls: unknown[] = [];
  for (const byMs of [0, 10_000, 10_000, 0, 39_001, 998, 1, 0, 9_999, 1]) {
    clock.advance(byMs);
    calls.push(waitSeconds());
  }
  // At 0, 10, 20 s they pass; at 20 and 59.001 and 59.999 s they wait for the minute of the first; at 60 s one passes …
  expect(calls).toEqual([undefined, undefined, undefined, 40, 1, 1, undefined, 10, 1, undefined]);
});

test('accounts do not use up each other’s calls', () => {
  const { waitSeconds } = started();
  for (let i = 0; i < 4; i++) waitSeconds(ann);
  expect([waitSeconds(ann), waitSeconds(account('b'))]).toEqual([60, undefined]);
});

test('a correction of the time of day changes nothing', () => {
  const { clock, waitSeconds } = started();
  for (let i = 0; i < 3; i++) waitSeconds();
  clock.correct(1e9);
  expect(waitSeconds()).toBe(60);
});

test('accounts are forgotten a minute after their last call, and the oldest when there are too many', () => {
  const { clock, rateLimit, waitSeconds } = started();
  for (const letter of ['a', 'b', 'c']) waitSeconds(account(letter));
  expect(rateLimit.size).toBe(2);
  clock.advance(60_000);
  waitSeconds(account('d'));
  expect(rateLimit.size).toBe(1);
});

test('whenever calls come, no 60 seconds let more pass than allowed, and waiting as told is enough', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 60 }), (gapsMs) => {
      const { clock, waitSeconds } = started();
      const passedMs: number[] = [];
      for (const gapMs of gapsMs) {
        clock.advance(gapMs);
        const seconds = waitSeconds();
        if (seconds !== undefined) {
          expect(seconds).toBeGreaterThanOrEqual(1);
          expect(seconds).toBeLessThanOrEqual(60);
          clock.advance(Number(seconds) * 1_000);
          expect(waitSeconds()).toBeUndefined();
        }
        passedMs.push(clock.now());
        const inWindow = passedMs.filter((atMs) => atMs > clock.now() - 60_000);
        expect(inWindow.length).toBeLessThanOrEqual(3);
      }
    }),
  );
});
