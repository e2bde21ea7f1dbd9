import { expect, test } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import { Allowance } from './allowance.ts';

const takeAll = (allowance: Allowance): number => {
  let taken = 0;
  while (allowance.take()) taken += 1;
  return taken;
};

test('Allowance gives a minute at once, then as time passes, and saves up no more than a minute', () => {
  const clock = fakeClock();
  const allowance = new Allowance(60, clock);
  expect(takeAll(allowance)).toBe(60);
  clock.advance(999);
  expect(takeAll(allowance)).toBe(0);
  clock.advance(1);
  expect(takeAll(allowance)).toBe(1);
  clock.advance(3_600_000);
  expect(takeAll(allowance)).toBe(60);
});
