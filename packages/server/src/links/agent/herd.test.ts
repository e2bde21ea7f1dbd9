import { expect, onTestFinished, test } from 'vitest';
import { codeOf, startWorld } from './test-agent.testkit.ts';

/** How many of what it notes fell into one turn of the event loop, at most. */
function countPerTurn() {
  let [inThisTurn, most] = [0, 0];
  let next = setImmediate(function look() {
    inThisTurn = 0;
    next = setImmediate(look);
  });
  onTestFinished(() => clearImmediate(next));
  return { note: () => void (most = Math.max(most, ++inThisTurn)), most: () => most };
}

test('agents that come all at once are let in a few in each turn of the loop, and all of them', async () => {
  const world = startWorld({ limits: { authsPerTurn: 2 } });
  const { note, most } = countPerTurn();
  world.hooks.findPrincipal = async () => note();
  const agents = Array.from({ length: 9 }, () => world.connect());
  const replies = await Promise.all(agents.map((agent) => agent.auth()));
  expect(replies.map(codeOf)).toEqual(agents.map(() => undefined));
  expect(world.sessions.size).toBe(9);
  expect(most()).toBe(2);
});

test('who waits for his turn counts with what was refused before him', async () => {
  const limits = { authsPerTurn: 1, authFailuresPerAddress: 3 };
  const world = startWorld({ limits });
  const strangers = Array.from({ length: 9 }, () => world.connect());
  const replies = await Promise.all(
    strangers.map((stranger, index) => stranger.auth(`adit_at_${`${index}`.padEnd(43, 'x')}`)),
  );
  expect(replies.filter((reply) => codeOf(reply) === 'ERR_NGROK_107')).toHaveLength(3);
  expect(world.lookUps()).toBe(3);
});
