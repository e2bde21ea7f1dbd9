import { SampleContext, sampleHost, sampleNowMs, testPolicy } from '@adit/policy-kit/testkit';
import { describe, expect, test } from 'vitest';
import { Breaker } from './breaker.ts';
import { circuitBreaker } from './circuit-breaker.ts';

const config = { volume_threshold: 4 };
const failing = { request: {}, upstreamStatus: 500 };
const working = { request: {}, upstreamStatus: 499 };
const silent = { request: {}, upstreamStatus: null, hasUpstreamFailed: true };
const unasked = { request: {}, upstreamStatus: null };

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
      title: 'lets nobody pass when there is no answer at all',
      config,
      before: [silent, silent, silent, silent],
      request: {},
      expected: 'open',
    },
    {
      title: 'learns nothing from requests that the service did not get',
      config,
      before: [unasked, unasked, unasked, unasked],
      request: {},
      expected: 'continue',
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
    const request = {};
    const isIn = breaker.enter(request, settings, nowMs);
    breaker.ended(request, { ending: isError ? 'error' : 'right', nowMs }, settings);
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
    const one = {};
    expect(breaker.enter(one, settings, 5_000)).toBe(true);
    expect(pass(breaker, true, 5_001)).toBe(false);
    breaker.ended(one, { ending: 'right', nowMs: 5_100 }, settings);
    expect(pass(breaker, true, 5_100)).toBe(true);
  });

  test('goes by the one that tries, and by none that came before it or is refused meanwhile', () => {
    const [early, one] = [{}, {}];
    const breaker = new Breaker();
    expect(breaker.enter(early, settings, 0)).toBe(true);
    for (const isError of [true, true, true, true]) expect(pass(breaker, isError, 0)).toBe(true);
    expect(breaker.enter(one, settings, 5_000)).toBe(true);
    breaker.ended(early, { ending: 'right', nowMs: 5_001 }, settings);
    expect(pass(breaker, true, 5_002)).toBe(false);
    breaker.ended(one, { ending: 'right', nowMs: 5_003 }, settings);
    expect(pass(breaker, false, 5_004)).toBe(true);
  });

  test('lets the next one try at once when nothing was learnt from the one before', () => {
    const breaker = opened();
    const one = {};
    expect(breaker.enter(one, settings, 5_000)).toBe(true);
    breaker.ended(one, { ending: 'unknown', nowMs: 5_001 }, settings);
    expect(pass(breaker, false, 5_002)).toBe(true);
    expect(pass(breaker, false, 5_002)).toBe(true);
  });

  test('counts a request once, though two rules ask about it, and lets it pass both', () => {
    const breaker = opened();
    const one = {};
    for (let rule = 0; rule < 2; rule++) expect(breaker.enter(one, settings, 5_000)).toBe(true);
    for (let rule = 0; rule < 2; rule++) breaker.ended(one, { ending: 'error', nowMs: 5_001 }, settings);
    expect(pass(breaker, false, 10_000)).toBe(false);
    expect(pass(breaker, false, 10_001)).toBe(true);
    const closed = new Breaker();
    for (const request of [{}, {}, {}]) {
      closed.enter(request, settings, 0);
      for (let rule = 0; rule < 2; rule++) closed.ended(request, { ending: 'error', nowMs: 0 }, settings);
    }
    expect(pass(closed, false, 0)).toBe(true);
  });

  test('stays open when that fails, and lets another try when nobody comes back', () => {
    const breaker = opened();
    expect(pass(breaker, true, 5_000)).toBe(true);
    expect(pass(breaker, true, 9_999)).toBe(false);
    expect(breaker.enter({}, settings, 10_000)).toBe(true);
    expect(breaker.enter({}, settings, 14_999)).toBe(false);
    expect(breaker.enter({}, settings, 15_000)).toBe(true);
  });

  test('forgets what is out of its window', () => {
    const breaker = new Breaker();
    for (const nowMs of [0, 0, 0, 11_000, 11_000, 11_000]) expect(pass(breaker, true, nowMs)).toBe(true);
    expect(pass(breaker, true, 11_000)).toBe(true);
    expect(pass(breaker, true, 11_000)).toBe(false);
  });
});

test('rules with other settings count for themselves, and each is obeyed', async () => {
  const policies = await Promise.all(
    [{ volume_threshold: 100 }, { volume_threshold: 2, tripped_duration: '2m' }].map(async (written) =>
      circuitBreaker.prepare(circuitBreaker.schema.parse(written), sampleHost()),
    ),
  );
  let context = new SampleContext({ request: {} });
  for (let i = 0; i < 2; i++) {
    context = context.next({ request: {} });
    for (const policy of policies) expect(await policy.request?.(context)).toMatchObject({ outcome: 'continue' });
    for (const policy of policies) {
      policy.outcome?.({ upstreamStatus: 500, hasUpstreamFailed: false, durationMs: 1 }, context);
    }
  }
  const [wide, narrow] = policies;
  const next = context.next({ request: {} });
  expect(await wide?.request?.(next)).toMatchObject({ outcome: 'continue' });
  expect(await narrow?.request?.(next)).toMatchObject({ outcome: 'deny' });
});
