import { expect, test } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import type { Notice } from '../domain/notices.ts';
import { watchStore } from './watch-store.ts';

const log = { isLevelEnabled: () => true, debug() {}, info() {}, warn() {}, error() {} };

const settle = () => new Promise((resolve) => setImmediate(resolve));

function start(hasStoreChanged: () => boolean | Promise<boolean>, storeCheckMs = 250) {
  const clock = fakeClock();
  const notices: Notice[] = [];
  const bus = { publish: (notice: Notice) => void notices.push(notice) };
  const stop = watchStore({ clock, log, storeCheckMs, hasStoreChanged: async () => await hasStoreChanged() }, bus);
  const wait = async (checks: number) => {
    for (let check = 0; check < checks; check++) {
      clock.advance(storeCheckMs);
      await settle();
    }
  };
  return { clock, notices, stop, wait };
}

test('what another process changed is told as missed, once', async () => {
  const answers = [false, true, false, false];
  const { notices, wait } = start(() => answers.shift() ?? false);
  await wait(1);
  expect(notices).toEqual([]);
  await wait(3);
  expect(notices).toEqual([{ type: 'missed' }]);
});

test('a store that cannot be asked is asked again', async () => {
  const answers = [new Error('disk'), true];
  const { notices, wait } = start(() => {
    const answer = answers.shift() ?? false;
    if (answer instanceof Error) throw answer;
    return answer;
  });
  await wait(2);
  expect(notices).toEqual([{ type: 'missed' }]);
});

test('a store that takes its time is not asked twice at once', async () => {
  const answers: PromiseWithResolvers<boolean>[] = [];
  const { notices, wait } = start(() => {
    answers.push(Promise.withResolvers());
    return answers.at(-1)?.promise ?? false;
  });
  await wait(3);
  expect(answers).toHaveLength(1);
  answers[0]?.resolve(true);
  await settle();
  await wait(1);
  expect([answers.length, notices.length]).toEqual([2, 1]);
});

test('once stopped it asks no more, nor tells what was being asked', async () => {
  const answer = Promise.withResolvers<boolean>();
  const { clock, stop, notices, wait } = start(() => answer.promise);
  await wait(1);
  stop();
  answer.resolve(true);
  await settle();
  await wait(10);
  expect([clock.pendingTimers, notices]).toEqual([0, []]);
});
