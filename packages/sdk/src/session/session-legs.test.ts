// Several connections of one session, and one that takes the place of another.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { call, type MuxSession, streamTypes } from '@adit/wire';
import { afterEach, describe, expect, test } from 'vitest';
import { type HandClock, handClock } from '../hand-clock.testkit.ts';
import { TestServer, type TestServerBehaviour } from '../test-server.testkit.ts';
import { type ConnectOptions, connect } from './connect.ts';
import type { ForwardEvent, SessionStatus } from './session-events.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A session, and everything it told. */
async function start(options: Partial<ConnectOptions>, behaviour: Partial<TestServerBehaviour> = {}) {
  const server = await TestServer.start(behaviour);
  cleanUps.push(() => server.close());
  const serverAddr = `localhost:${server.port}`;
  const session = await connect({ serverAddr, authtoken: 'adit_at_x', caPem: server.caPem, ...options });
  cleanUps.push(() => session.close());
  const statuses: SessionStatus[] = [];
  const forwards: ForwardEvent[] = [];
  session.on('status', (status) => void statuses.push(status));
  session.on('forward', (event) => void forwards.push(event));
  return { server, session, statuses, forwards };
}

/** A service that says hello to whoever connects, then echoes. */
async function startUpstream(): Promise<string> {
  const upstream = createServer((socket) => void socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  cleanUps.push(() => upstream.close());
  return String((upstream.address() as AddressInfo).port);
}

async function echoOf(server: TestServer, by: MuxSession, bindId: string): Promise<string> {
  const stream = server.visit(bindId, 'tcp', by);
  stream.end('ping');
  return (await buffer(stream)).toString();
}

/** Moves the clock on, little by little, until something has come of it. */
const whileTimePasses = (clock: HandClock, isDone: () => boolean) =>
  expect
    .poll(
      () => {
        clock.advance(50);
        return isDone();
      },
      { interval: 10, timeout: 15_000 },
    )
    .toBe(true);

const legNumbers = ({ auths }: TestServer) => auths.map(({ Extra }) => Extra.LegNumber);

describe('a session of two legs', () => {
  test('joins with the second by the cookie of the first, and serves each endpoint by both', async () => {
    const { server, session, forwards } = await start({ legs: 2 });
    const forward = await session.forward({ upstream: await startUpstream(), url: 'tcp://' });
    await server.until(() => server.binds.length === 2);
    expect(server.auths[1]).toMatchObject({ ClientId: 'ts_1', Extra: { Cookie: 'cookie-1', LegNumber: 2 } });
    expect(server.binds[1]).toMatchObject({ Id: forward.id, Extra: { Token: 'token-0' } });
    for (const leg of server.sessions) expect(await echoOf(server, leg, forward.id)).toBe('ping');
    expect(session.legs.map(({ state }) => state)).toEqual(['online', 'online']);
    expect(forwards).toHaveLength(1);
  });

  test('binds by both whatever comes first, leg or forward', async () => {
    const { server, session } = await start({ legs: 2 });
    await server.until(() => server.auths.length === 2);
    const { id } = await session.forward({ upstream: '3000' });
    await server.until(() => server.binds.length === 2);
    expect(server.binds.map(({ Id }) => Id)).toEqual(['', id]);
  });

  test.each([0, 1])('stays online when leg %d is lost, which comes back with its number', async (lost) => {
    const { server, session, statuses, forwards } = await start({ legs: 2 });
    await session.forward({ upstream: '3000' });
    await server.until(() => server.binds.length === 2);
    server.sockets.splice(lost, 1)[0]?.destroy();
    await server.until(() => server.binds.length === 3);
    expect(legNumbers(server)).toEqual([0, 2, lost + 1]);
    expect(server.binds[2]).toMatchObject({ Id: 'ep_0' });
    expect(session.status.state).toBe('online');
    expect([statuses, forwards]).toMatchObject([[], [{ state: 'online' }]]);
  });

  test('is lost with both, and online again with either', async () => {
    const { server, session, statuses, forwards } = await start({ legs: 2 });
    await session.forward({ upstream: '3000' });
    await server.until(() => server.binds.length === 2);
    server.cut();
    await server.until(() => server.binds.length === 4);
    await expect.poll(() => forwards).toHaveLength(2);
    expect(statuses.map(({ state }) => state)).toEqual(expect.arrayContaining(['reconnecting', 'online']));
    expect(statuses.at(-1)?.state).toBe('online');
    expect(new Set(legNumbers(server).slice(2))).toEqual(new Set([1, 2]));
    expect(session.status.state).toBe('online');
  });

  test('takes an endpoint offline by both', async () => {
    const { server, session } = await start({ legs: 2 });
    const forward = await session.forward({ upstream: '3000' });
    await server.until(() => server.binds.length === 2);
    await forward.close();
    expect(server.unbinds).toEqual([forward.id, forward.id]);
  });

  test('takes an endpoint that a server stops offline where another one still has it', async () => {
    const { server, session } = await start({ legs: 2 });
    const forward = await session.forward({ upstream: await startUpstream(), url: 'tcp://' });
    await server.until(() => server.binds.length === 2);
    // By then both know that they serve it.
    for (const leg of server.sessions) expect(await echoOf(server, leg, forward.id)).toBe('ping');
    const stopped = { Id: forward.id, Message: 'Stopped', ErrorCode: '' };
    server.session.open(streamTypes.stopTunnel, Buffer.from(JSON.stringify(stopped))).endAndDrain();
    expect(await forward.closed).toMatchObject({ code: 9305 });
    await server.until(() => server.unbinds.length === 1);
    expect(server.unbinds).toEqual([forward.id]);
  });

  test('keeps an endpoint that only one of them may bind, and tries again by the other', async () => {
    const clock = handClock();
    const bindError = (count: number) => (count === 1 ? 'no\n\nERR_NGROK_335' : '');
    const { server, session, forwards } = await start({ legs: 2, clock, random: () => 1 }, { bindError });
    await session.forward({ upstream: '3000' });
    await whileTimePasses(clock, () => server.binds.length === 3);
    expect(server.binds[2]).toMatchObject({ Id: 'ep_0', Extra: { Token: 'token-0' } });
    expect(forwards).toHaveLength(1);
  });

  test('does not go on with a cookie that the server no longer knows: many legs would soon be locked out', async () => {
    const clock = handClock();
    const { server, session } = await start({ legs: 2, clock, random: () => 1 });
    await whileTimePasses(clock, () => session.legs.every(({ state }) => state === 'online'));
    server.behaviour.authError = 'what cookie?\n\nERR_NGROK_110';
    server.sockets.pop()?.destroy();
    await whileTimePasses(clock, () => server.auths.length >= 3 && server.sessions.length === 1);
    server.behaviour.authError = '';
    server.sockets.shift()?.destroy();
    await whileTimePasses(clock, () => server.auths.length >= 5 && server.sessions.length === 2);
    await expect.poll(() => session.legs.map(({ state }) => state)).toEqual(['online', 'online']);
    const claims = server.auths.slice(3).map(({ ClientId, Extra }) => [ClientId, Extra.LegNumber]);
    expect(claims).toEqual([
      ['', expect.any(Number)],
      [expect.stringMatching(/^ts_/), 2],
    ]);
  });

  test('keeps an endpoint that is unknown to the server of one leg while the other is lost', async () => {
    const clock = handClock();
    const refusal = Promise.withResolvers<string>();
    const bindError = (count: number) => (count === 1 ? refusal.promise : '');
    const { server, session } = await start({ legs: 2, clock, random: () => 1 }, { bindError });
    await session.forward({ upstream: '3000' });
    await whileTimePasses(clock, () => server.binds.length === 2);
    server.sockets.shift()?.destroy();
    await expect.poll(() => session.legs[0]?.state).toBe('reconnecting');
    refusal.resolve('no\n\nERR_NGROK_335');
    await whileTimePasses(clock, () => server.binds.length >= 4);
    expect(session.legs.map(({ state }) => state)).toEqual(['online', 'online']);
  });

  test('lets go of a second leg that the server does not let join', async () => {
    const { server, session } = await start({ legs: 2 }, { joinsLegs: false });
    await session.forward({ upstream: '3000' });
    await server.until(() => server.auths.length === 2 && server.sessions.length === 1);
    expect(server.binds).toHaveLength(1);
    expect(session.status.state).toBe('online');
  });

  test('is over as a whole', async () => {
    const { server, session } = await start({ legs: 3 });
    await server.until(() => server.auths.length === 3);
    await session.close();
    await server.until(() => server.sessions.length === 0);
  });
});

test.each([0, 9, 1.5])('connect() refuses %d legs', async (legs) => {
  await expect(start({ legs })).rejects.toMatchObject({ code: 9201 });
});

describe('a server that goes while another one answers at its address', () => {
  const drain = (session: MuxSession) => call(session, { type: streamTypes.drain, body: {} }, { timeoutMs: 5_000 });

  test('is answered when all endpoints are served by the other one; what comes here goes on', async () => {
    const { server, session, statuses, forwards } = await start({});
    const { id } = await session.forward({ upstream: await startUpstream(), url: 'tcp://' });
    const old = server.session;
    const open = server.visit(id, 'tcp', old);
    expect(await drain(old)).toEqual({});
    expect(server.session).not.toBe(old);
    expect(server.binds[1]).toMatchObject({ Id: id, Extra: { Token: 'token-0' } });
    for (const by of [old, server.session]) expect(await echoOf(server, by, id)).toBe('ping');
    open.end('late');
    expect((await buffer(open)).toString()).toBe('late');
    old.destroy();
    expect(await echoOf(server, server.session, id)).toBe('ping');
    expect(server.auths).toHaveLength(2);
    expect([statuses, forwards]).toMatchObject([[], [{ state: 'online' }]]);
  });

  test('is kept until the other one is there', async () => {
    const clock = handClock();
    const { server, session, statuses } = await start({ clock, random: () => 1 });
    const { id } = await session.forward({ upstream: await startUpstream(), url: 'tcp://' });
    const old = server.session;
    server.behaviour.authError = 'not yet\n\nERR_ADIT_803';
    const drained = drain(old);
    await whileTimePasses(clock, () => server.auths.length === 3);
    expect(await echoOf(server, old, id)).toBe('ping');
    server.behaviour.authError = '';
    await whileTimePasses(clock, () => server.binds.length === 2);
    expect(await drained).toEqual({});
    expect(statuses).toEqual([]);
  });

  test('that ends before the other one is there is a session lost, once', async () => {
    const clock = handClock();
    const { server, session, statuses } = await start({ clock, random: () => 1 });
    await session.forward({ upstream: '3000' });
    server.behaviour.authError = 'not yet\n\nERR_ADIT_803';
    const drained = drain(server.session).catch(() => 'lost');
    await whileTimePasses(clock, () => server.auths.length === 2);
    server.cut();
    expect(await drained).toBe('lost');
    await expect.poll(() => statuses.at(-1)?.state).toBe('reconnecting');
    server.behaviour.authError = '';
    const before = server.auths.length;
    await whileTimePasses(clock, () => server.binds.length === 2);
    expect(server.auths).toHaveLength(before + 1);
    expect(statuses.map(({ state }) => state).filter((state) => state === 'online')).toHaveLength(1);
    expect(session.status.state).toBe('online');
  });

  test('is told when an endpoint is not served by the other one', async () => {
    const bindError = (count: number) => (count === 1 ? 'taken\n\nERR_NGROK_334' : '');
    const { server, session } = await start({}, { bindError });
    const { url } = await session.forward({ upstream: '3000' });
    const message = `Cannot go on at another server with "${url}"`;
    expect(await drain(server.session)).toEqual({ Error: message });
  });

  test('asks twice, and is replaced once', async () => {
    const { server, session } = await start({});
    await session.forward({ upstream: '3000' });
    const old = server.session;
    const answers = await Promise.all([drain(old), drain(old)]);
    const refusal = { Error: 'Cannot go on at another server: there is none' };
    expect(answers).toEqual([{}, refusal]);
    expect(await drain(old)).toEqual(refusal);
    await session.forward({ upstream: '3001' });
    expect(server.auths).toHaveLength(2);
  });

  test('is taken offline, too, by whoever closes an endpoint, and let go of with the session', async () => {
    const { server, session } = await start({});
    const forward = await session.forward({ upstream: '3000' });
    await drain(server.session);
    await forward.close();
    expect(server.unbinds).toEqual([forward.id, forward.id]);
    await session.close();
    await server.until(() => server.sessions.length === 0);
  });
});
