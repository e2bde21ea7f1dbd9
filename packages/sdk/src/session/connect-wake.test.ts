import { expect, test } from 'vitest';
import { handClock } from '../hand-clock.testkit.ts';
import { watchWake } from './connect-wake.ts';

const hourMs = 3_600_000;

/** Two clocks that go together until the machine sleeps. */
function start() {
  const clock = handClock();
  let asleepMs = 0;
  const woken: number[] = [];
  const stop = watchWake({
    clock,
    timeOfDay: () => clock.now() + asleepMs,
    onWake: () => woken.push(clock.now()),
  });
  const sleep = (ms: number) => {
    asleepMs += ms;
  };
  return { clock, sleep, woken, stop };
}

test('sleep is told once, within the time between two checks', () => {
  const { clock, sleep, woken } = start();
  clock.advance(12_000);
  sleep(hourMs);
  clock.advance(2_999);
  expect(woken).toHaveLength(0);
  clock.advance(1);
  expect(woken).toHaveLength(1);
  clock.advance(hourMs);
  expect(woken).toHaveLength(1);
});

test.each([
  ['no sleep at all', 0],
  ['a clock that is set a little', 5_000],
  ['a clock that is set back', -hourMs],
])('nothing is told after %s', (_what, ms) => {
  const { clock, sleep, woken } = start();
  sleep(ms);
  clock.advance(60_000);
  expect(woken).toHaveLength(0);
});

test('nothing is told after the end', () => {
  const { clock, sleep, woken, stop } = start();
  clock.advance(7_000);
  stop();
  sleep(hourMs);
  clock.advance(60_000);
  expect(woken).toHaveLength(0);
});
