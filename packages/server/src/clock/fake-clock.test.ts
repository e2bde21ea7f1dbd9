import { expect, test } from 'vitest';
import { fakeClock } from './fake-clock.testkit.ts';

test('advance() calls what is due in order of time, each at its own moment', () => {
  const clock = fakeClock(1000);
  const calls: [string, number][] = [];
  clock.after(20, () => calls.push(['late', clock.now()]));
  clock.after(10, () => {
    calls.push(['early', clock.now()]);
    clock.after(5, () => calls.push(['nested', clock.now()]));
  });
  clock.after(21, () => calls.push(['not yet', clock.now()]));
  clock.advance(20);
  expect(calls).toEqual([
    ['early', 1010],
    ['nested', 1015],
    ['late', 1020],
  ]);
  expect(clock.now()).toBe(1020);
  expect(clock.pendingTimers).toBe(1);
});

test('after() answers a cancel that is harmless twice', () => {
  const clock = fakeClock();
  const cancel = clock.after(1, () => expect.unreachable());
  cancel();
  cancel();
  clock.advance(10);
  expect(clock.pendingTimers).toBe(0);
});
