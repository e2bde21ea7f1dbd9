import { sampleNowMs, testPolicy } from '@adit/policy-kit/testkit';
import { describe, expect, test } from 'vitest';
import { Breaker } from './breaker.ts';
import { circuitBreaker } from './circuit-breaker.ts';

const config = { volume_threshold: 4 };
const failing = { request: {}, upstreamStatus: 500 };
const working = { request: {}, upstreamStatus: 499 };

testPolicy(circuitBreaker, {
  decisions: [
    { title: 'lets pass while nothing is known', config, request: {}, expected: 'continue' },
    {
      title: 'lets pass while answers are right',
      config,
      before: [working, working, working, working],
      request: {},
      expected: 'continue',
    },
    {
      title: 'lets nobody pass when too many of them are errors',
      config,
      before: [working, failing, failing, failing],
      request: {},
      expected: 'open',
    },
    {
      title: 'lets one try later',
      config,
      before: [working, failing, failing, failing],
      nowMs: sampleNowMs + 10_000,
      request: {},
      expected: 'continue',
    },
    {
      title: 'refuses nobody when it is not enforced',
      config: { ...config, enforce: false },
      before: [failing, failing, failing, failing],
      request: {},
      expected: 'continue',
    },
  ],
  refusals: [
    { title: 'refuses a share above one', config: { error_threshold: 1.5 }, code: 9600, names: 'error_threshold' },
    { title: 'refuses a long window', config: { window_duration: '3m' }, code: 9600, names: '2m' },
  ],
});

describe('Breaker', () => {
  const settings = { errorThreshold: 0.5, volumeThreshold: 4, windowMs: 10_000, trippedMs: 5_000 };
  const pass = (breaker: Breaker, isError: boolean, nowMs: number): boolean => {
    const isIn = breaker.enter(settings, nowMs);
    if (isIn) breaker.ended(isError, settings, nowMs);
    return isIn;
  };
  const opened = (): Breaker => {
    const breaker = new Breaker();
    for (const isError of [false, true, true, true]) expect(pass(breaker, isError, 0)).toBe(true);
    return breaker;
  };

  test('opens above the threshold, with enough answers', () => {
    const breaker = new Breaker();
    for (const isError of [true, true, true]) expect(pass(breaker, isError, 0)).toBe(true);
    expect(pass(breaker, false, 0)).toBe(true);
    expect(pass(breaker, false, 0)).toBe(false);
    const half = new Breaker();
    for (const isError of [true, true, false, false, false, true]) expect(pass(half, isError, 0)).toBe(true);
  });

  test('lets one try when its time is over, and everybody when that succeeds', () => {
    const breaker = opened();
    expect(pass(breaker, false, 4_999)).toBe(false);
    expect(breaker.enter(settings, 5_000)).toBe(true);
    expect(breaker.enter(settings, 5_001)).toBe(false);
    breaker.ended(false, settings, 5_100);
    expect(pass(breaker, true, 5_100)).toBe(true);
  });

  test('stays open when that fails, and lets another try when nobody comes back', () => {
    const breaker = opened();
    expect(pass(breaker, true, 5_000)).toBe(true);
    expect(pass(breaker, true, 9_999)).toBe(false);
    expect(breaker.enter(settings, 10_000)).toBe(true);
    expect(breaker.enter(settings, 14_999)).toBe(false);
    expect(breaker.enter(settings, 15_000)).toBe(true);
  });

  test('forgets what is out of its window', () => {
    const breaker = new Breaker();
    for (const nowMs of [0, 0, 0, 11_000, 11_000, 11_000]) expect(pass(breaker, true, nowMs)).toBe(true);
    expect(pass(breaker, true, 11_000)).toBe(true);
    expect(pass(breaker, true, 11_000)).toBe(false);
  });
});
