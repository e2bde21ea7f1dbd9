import { expect, test } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import type { Notice } from '../domain/notices.ts';
import { storeCheckMs, watchStore } from './watch-store.ts';

const log = { isLevelEnabled: () => true, debug() {}, info() {}, warn() {}, error() {} };

function start(hasStoreChanged: () => boolean) {
  const clock = fakeClock();
  const notices: Notice[] = [];
  const bus = { publish: (notice: Notice) => void notices.push(notice) };
  const stop = watchStore({ clock, log, hasStoreChanged }, bus);
  return { clock, notices, stop };
}

test('what another process changed is told as missed, once, and within a second', () => {
  const answers = [false, true, false, false];
  const { clock, notices } = start(() => answers.shift() ?? false);
  clock.advance(storeCheckMs);
  expect(notices).toEqual([]);
  clock.advance(1_000 - storeCheckMs);
  expect(notices).toEqual([{ type: 'missed' }]);
});

test('a store that cannot be asked is asked again', () => {
  const answers = [new Error('disk'), true];
  const { clock, notices } = start(() => {
    const answer = answers.shift() ?? false;
    if (answer instanceof Error) throw answer;
    return answer;
  });
  clock.advance(2 * storeCheckMs);
  expect(notices).toEqual([{ type: 'missed' }]);
});

test('once stopped it asks no more', () => {
  const { clock, stop } = start(() => expect.unreachable());
  stop();
  clock.advance(10 * storeCheckMs);
  expect(clock.pendingTimers).toBe(0);
});
