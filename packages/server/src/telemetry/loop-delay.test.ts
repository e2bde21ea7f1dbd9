import { expect, test } from 'vitest';
import { LoopDelay } from './loop-delay.ts';

/** What Node measured, in milliseconds from tick to tick. */
function measured(intervals: { count: number; p50: number; p99: number; max: number }) {
  const calls: string[] = [];
  const note = (call: string) => () => calls.push(call) > 0;
  const percentile = (of: number) => (of === 50 ? intervals.p50 : intervals.p99) * 1e6;
  const ends = { enable: note('enable'), disable: note('disable'), reset: note('reset') };
  return { calls, loopDelay: new LoopDelay({ count: intervals.count, max: intervals.max * 1e6, percentile, ...ends }) };
}

test.each([
  ['an idle loop', { count: 50, p50: 20, p99: 20, max: 20 }, { p50: 0, p99: 0, max: 0 }],
  ['a loop that was away once', { count: 50, p50: 20, p99: 30, max: 145 }, { p50: 0, p99: 0.01, max: 0.125 }],
  ['a timer that came early', { count: 50, p50: 19, p99: 20, max: 20 }, { p50: 0, p99: 0, max: 0 }],
  ['a loop without a tick yet', { count: 0, p50: 0, p99: 0, max: 9e12 }, { p50: 0, p99: 0, max: 0 }],
])('look() answers by how much ticks were late: %s', (_what, intervals, expected) => {
  const { p50, p99, max } = measured(intervals).loopDelay.look();
  expect(p50).toBeCloseTo(expected.p50);
  expect(p99).toBeCloseTo(expected.p99);
  expect(max).toBeCloseTo(expected.max);
});

test('look() begins anew each time, and nothing is measured after close()', () => {
  const { calls, loopDelay } = measured({ count: 1, p50: 20, p99: 20, max: 20 });
  loopDelay.look();
  loopDelay.close();
  expect(calls).toEqual(['enable', 'reset', 'disable']);
});
