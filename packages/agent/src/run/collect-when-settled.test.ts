import { handClock } from '@adit/sdk/testkit/hand-clock';
import { expect, it } from 'vitest';
import { collectWhenSettled } from './collect-when-settled.ts';

it('collects everything, once, when a visitor who came at once has been served', () => {
  const clock = handClock();
  const asked: object[] = [];
  collectWhenSettled(clock, (options) => void asked.push(options));
  clock.advance(1999);
  expect(asked).toEqual([]);
  clock.advance(60_000);
  expect(asked).toEqual([{ type: 'major', flavor: 'last-resort' }]);
});

it('collects nothing when it was called off', () => {
  const clock = handClock();
  const asked: object[] = [];
  collectWhenSettled(clock, (options) => void asked.push(options))();
  clock.advance(60_000);
  expect(asked).toEqual([]);
});
