import { describe, expect, onTestFinished, test } from 'vitest';
import { defaultAgentLimits } from './agent-limits.ts';
import { codeOf, settle, startWorld } from './test-agent.testkit.ts';

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

describe('of those that are on their way in, so many are read', () => {
  const limits = { maxArriving: 2 };

  test('one more when one has its endpoint, when one is refused, and when one is gone', async () => {
    const world = startWorld({ limits });
    const agents = Array.from({ length: 5 }, () => world.connect());
    const replies = agents.map((agent) => agent.auth());
    await settle();
    const seen = [world.lookUps()];
    await agents[0]?.bind();
    await settle();
    seen.push(world.lookUps());
    agents[1]?.transport.destroy();
    await settle();
    seen.push(world.lookUps());
    expect(codeOf((await agents[2]?.bind()) ?? never())).toBe('ERR_NGROK_334');
    await settle();
    expect([...seen, world.lookUps()]).toEqual([2, 3, 4, 5]);
    expect((await Promise.all(replies)).map(codeOf)).toEqual(agents.map(() => undefined));
  });

  test('who says nothing has no place, and keeps his connection', async () => {
    const world = startWorld({ limits });
    const silent = Array.from({ length: 9 }, () => world.connect());
    expect(codeOf(await world.connect().auth())).toBeUndefined();
    const late = await Promise.all(silent.map(async (agent) => [await agent.auth(), await agent.bind()]));
    expect(late.map(([reply]) => codeOf(reply ?? never()))).toEqual(silent.map(() => undefined));
  });

  test('who says nothing until Auth is due is closed', async () => {
    const world = startWorld({ limits });
    const silent = world.connect();
    world.clock.advance(defaultAgentLimits.authTimeoutMs - 1);
    await settle();
    expect(silent.transport.destroyed).toBe(false);
    world.clock.advance(1);
    await silent.closed;
    expect(world.sessions.size).toBe(0);
  });

  test('who begins and does not go on loses his place in time, and keeps his connection', async () => {
    const world = startWorld({ limits });
    const slow = [world.connect(), world.connect()];
    await Promise.all(slow.map((agent) => agent.auth()));
    const reply = world.connect().auth();
    world.clock.advance(defaultAgentLimits.arrivalMs - 1);
    await settle();
    expect(world.lookUps()).toBe(2);
    world.clock.advance(1);
    expect(codeOf(await reply)).toBeUndefined();
    expect(codeOf((await slow[0]?.bind()) ?? never())).toBeUndefined();
  });

  test('many of one address do not come before one of another', async () => {
    const world = startWorld({ limits });
    const ofOneNetwork = (host: number) => world.connect({ remoteAddress: `2001:db8::${host.toString(16)}` });
    const many = Array.from({ length: 20 }, (_, host) => ofOneNetwork(host));
    void Promise.allSettled(many.map((agent) => agent.auth()));
    await settle();
    const reply = world.connect({ remoteAddress: '2001:db8:0:1::1' }).auth();
    await settle();
    // One place for the next of the many, one for whoever came last.
    for (const agent of many.slice(0, 2)) agent.transport.destroy();
    expect(codeOf(await reply)).toBeUndefined();
    expect(world.lookUps()).toBe(4);
  });

  test('those that wait are strangers like others, and no more once they are gone', async () => {
    const world = startWorld({ limits: { maxArriving: 1, maxUnauthenticated: 2 } });
    const [first, waiting, surplus] = [world.connect(), world.connect(), world.connect()];
    await surplus.closed;
    waiting.transport.destroy();
    await first.auth();
    await first.bind();
    await settle();
    expect(codeOf(await world.connect().auth())).toBeUndefined();
  });

  test.each(['drain', 'moveOn'] as const)('%s() closes those that wait', async (end) => {
    const world = startWorld({ limits });
    const [first, second, waiting] = [world.connect(), world.connect(), world.connect()];
    await first.auth();
    void world.sessions[end](Promise.resolve());
    await waiting.closed;
    second.transport.destroy();
    await settle();
    expect(world.lookUps()).toBe(1);
  });
});

function never(): never {
  throw new Error('There is no such agent');
}
