import { aditProfile, readMessage, reply, streamTypes } from '@adit/wire';
import { expect, test } from 'vitest';
import type { Link } from '../../domain/link.ts';
import { settle, startWorld, type TestAgent, type TestWorld } from './test-agent.testkit.ts';

const visitor = { clientIp: '203.0.113.7', clientPort: 1, serverIp: '192.0.2.1', serverPort: 443 };

async function startAgent(world: TestWorld, profile?: typeof aditProfile): Promise<TestAgent> {
  const agent = world.connect(profile && { profile });
  await agent.auth();
  return agent;
}

const lastCall = Promise.resolve();

/** Whether it has resolved. */
function watched(promise: Promise<void>): { isDone: boolean } {
  const state = { isDone: false };
  void promise.then(() => {
    state.isDone = true;
  });
  return state;
}

function visit(world: TestWorld) {
  const { link, bindId } = world.route() ?? {};
  return link?.open({ bindId, visitor, protocol: 'https' } as Parameters<Link['open']>[0]);
}

test('moveOn() asks our agents, waits until they have moved, and leaves them and their routes as they are', async () => {
  const world = startWorld();
  const agent = await startAgent(world, aditProfile);
  await agent.bind();
  const asked = agent.nextStream();
  const moving = watched(world.sessions.moveOn(lastCall));
  const stream = await asked;
  expect(stream.type).toBe(streamTypes.drain);
  expect(await readMessage(stream)).toEqual({});
  await settle();
  expect(moving.isDone).toBe(false);
  reply(stream, {});
  await settle();
  expect(moving.isDone).toBe(true);
  expect(agent.mux.isClosed).toBe(false);
  expect(world.route()).toBeDefined();
});

test.each<[what: string, answer: object | null]>([
  ['that answers an error', { Error: 'no' }],
  ['that does not know the message', null],
])('moveOn() sends an agent of ours away %s', async (_what, answer) => {
  const world = startWorld();
  const agent = await startAgent(world, aditProfile);
  const asked = agent.nextStream();
  const moving = watched(world.sessions.moveOn(lastCall));
  const stream = await asked;
  await readMessage(stream);
  if (answer) reply(stream, answer);
  else stream.reset(5);
  await agent.closed;
  await settle();
  expect(moving.isDone).toBe(true);
});

test('moveOn() sends an agent of ours away that does not move in 15 s', async () => {
  const world = startWorld();
  const agent = await startAgent(world, aditProfile);
  const moving = watched(world.sessions.moveOn(lastCall));
  await settle();
  world.clock.advance(14_999);
  await settle();
  expect([moving.isDone, agent.mux.isClosed]).toEqual([false, false]);
  world.clock.advance(1);
  await settle();
  expect([moving.isDone, agent.mux.isClosed]).toEqual([true, true]);
});

test('moveOn() sends other agents away as soon as no visitor uses them, and after 3 s anyway', async () => {
  const world = startWorld();
  const [idle, used, busy] = [await startAgent(world), await startAgent(world), await startAgent(world)];
  await used.bind();
  const stream = visit(world);
  await settle();
  await used.unbind(world.route()?.bindId ?? '');
  await busy.bind();
  visit(world)?.on('error', () => {});
  await settle();
  const moving = watched(world.sessions.moveOn(lastCall));
  await idle.closed;
  expect([used, busy].map(({ mux }) => mux.isClosed)).toEqual([false, false]);
  stream?.destroy();
  await settle();
  world.clock.advance(200);
  await used.closed;
  expect(moving.isDone).toBe(false);
  for (let passed = 0; passed < 3_000; passed += 100) {
    world.clock.advance(100);
    await settle();
  }
  await busy.closed;
  expect(moving.isDone).toBe(true);
});

test('moveOn() keeps other agents until visitors have had their last call', async () => {
  const world = startWorld();
  const agent = await startAgent(world);
  const called = Promise.withResolvers<void>();
  const moving = watched(world.sessions.moveOn(called.promise));
  await settle();
  world.clock.advance(10_000);
  await settle();
  expect(agent.mux.isClosed).toBe(false);
  called.resolve();
  await agent.closed;
  await settle();
  expect(moving.isDone).toBe(true);
});

test('moveOn() lets no agent in any more', async () => {
  const world = startWorld();
  const early = world.connect();
  await world.sessions.moveOn(lastCall);
  await expect(early.auth()).rejects.toMatchObject({ code: 9005 });
  await expect((await Promise.resolve(world.connect())).auth()).rejects.toMatchObject({ code: 9005 });
});
