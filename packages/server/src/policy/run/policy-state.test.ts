import { expect, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import { PolicyStates } from './policy-state.ts';

function counter() {
  return { count: 0 };
}

test('what is counted outlives the chain that counted it, for ten minutes', () => {
  const clock = fakeClock();
  const states = new PolicyStates(clock);
  const first = states.open('a');
  first.of('k', counter).count = 5;
  const second = states.open('a');
  first.release();
  first.release();
  expect(second.of('k', counter).count).toBe(5);
  second.release();
  clock.advance(599_999);
  const third = states.open('a');
  expect(third.of('k', counter).count).toBe(5);
  third.release();
  clock.advance(600_000);
  expect(states.open('a').of('k', counter).count).toBe(0);
});

test('[invariant: tenancy-in-every-key] what is counted for one owner is nobody else’s', () => {
  const states = new PolicyStates(fakeClock());
  states.open('ac_1 https://a.test').of('k', counter).count = 5;
  expect(states.open('ac_2 https://a.test').of('k', counter).count).toBe(0);
  expect(states.open('ac_1 https://b.test').of('k', counter).count).toBe(0);
});

test('what is counted outlives its chain however many others are there, and of those that are gone a bounded number is kept', () => {
  const clock = fakeClock();
  const states = new PolicyStates(clock);
  const live = Array.from({ length: 20_000 }, (_, i) => states.open(`live ${i}`));
  const countOf = (owner: string) => states.open(owner).find<{ count: number }>('k')?.count;
  const leave = (owner: string): void => {
    const state = states.open(owner);
    state.of('k', counter).count = 5;
    state.release();
  };
  leave('first');
  expect(countOf('first')).toBe(5);
  for (let i = 0; i <= 10_000; i++) leave(`gone ${i}`);
  expect([countOf('gone 0'), countOf('gone 1'), countOf('gone 10000')]).toEqual([undefined, 5, 5]);
  expect(countOf('first')).toBe(5);
  for (const state of live) state.release();
});
