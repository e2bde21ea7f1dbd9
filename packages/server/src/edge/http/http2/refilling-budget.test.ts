import { expect, test } from 'vitest';
import { RefillingBudget } from './refilling-budget.ts';

test('spend() allows the burst at once, then what came back', () => {
  const budget = new RefillingBudget({ burst: 10, perSecond: 2 }, 0);
  expect(budget.spend(10, 0)).toBe(true);
  expect(budget.spend(1, 499)).toBe(false);
});

test.each<[string, number, boolean]>([
  ['too early', 1499, false],
  ['in time', 1500, true],
])('spend() of 3 at 2 per second is %s', (_, atMs, isAllowed) => {
  const budget = new RefillingBudget({ burst: 10, perSecond: 2 }, 0);
  budget.spend(10, 0);
  expect(budget.spend(3, atMs)).toBe(isAllowed);
});

test('no more comes back than the burst, and a clock that goes back takes nothing', () => {
  const budget = new RefillingBudget({ burst: 10, perSecond: 2 }, 1000);
  expect(budget.spend(0, 1_000_000)).toBe(true);
  expect(budget.spend(10, 500)).toBe(true);
  expect(budget.spend(1, 500)).toBe(false);
});
