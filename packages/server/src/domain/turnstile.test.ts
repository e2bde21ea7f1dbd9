import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Turnstile } from './turnstile.ts';

/** A turnstile on a loop that the test turns, and who has passed it. */
function turnstile(perTurn: number) {
  let due: (() => void)[] = [];
  const passed: number[] = [];
  const stile = new Turnstile(perTurn, (callback) => void due.push(callback));
  let come = 0;
  return {
    passed,
    come(count: number): void {
      for (let i = 0; i < count; i++) {
        const number = come++;
        void stile.pass().then(() => passed.push(number));
      }
    },
    /** Callbacks of the turn, then their promises. */
    async turn(): Promise<number> {
      const calls = due;
      due = [];
      for (const call of calls) call();
      await nextTurn();
      return calls.length;
    },
  };
}

test('pass() lets as many go as there are places, and the others in the next turns, in order', async () => {
  const { passed, come, turn } = turnstile(3);
  come(8);
  await nextTurn();
  expect(passed).toEqual([0, 1, 2]);
  await turn();
  expect(passed).toEqual([0, 1, 2, 3, 4, 5]);
  await turn();
  expect(passed).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('who comes while others wait does not pass before them', async () => {
  const { passed, come, turn } = turnstile(2);
  come(5);
  await turn();
  come(1);
  await turn();
  expect(passed).toEqual([0, 1, 2, 3, 4, 5]);
});

test('a turn in which some waited has the rest of its places for those who come', async () => {
  const { passed, come, turn } = turnstile(2);
  come(3);
  await turn();
  come(2);
  await nextTurn();
  expect(passed).toEqual([0, 1, 2, 3]);
  await turn();
  expect(passed).toEqual([0, 1, 2, 3, 4]);
});

test('nobody keeps the loop turning when nobody waits', async () => {
  const { come, turn } = turnstile(2);
  come(1);
  expect(await turn()).toBe(1);
  expect(await turn()).toBe(0);
});

test('by itself it lets the loop turn between those who may go', async () => {
  const stile = new Turnstile(1);
  const order: string[] = [];
  const pass = async (name: string) => {
    await stile.pass();
    order.push(name);
  };
  setImmediate(() => order.push('somebody else'));
  await Promise.all([pass('first'), pass('second')]);
  expect(order).toEqual(['first', 'somebody else', 'second']);
});
