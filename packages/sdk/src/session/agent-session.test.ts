import { AditError } from '@adit/contracts';
import { readMessage, streamTypes } from '@adit/wire';
import { afterEach, expect, test } from 'vitest';
import { handClock } from '../hand-clock.testkit.ts';
import { TestServer, type TestServerBehaviour } from '../test-server.testkit.ts';
import type { AgentSession } from './agent-session.ts';
import { type ConnectOptions, connect } from './connect.ts';
import type { ForwardEvent, SessionStatus } from './session-events.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Watched {
  readonly server: TestServer;
  readonly session: AgentSession;
  readonly statuses: SessionStatus[];
  readonly forwards: ForwardEvent[];
  /** Resolves when the session has been in that state `count` times since it was watched. */
  inState(state: SessionStatus['state'], count?: number): Promise<SessionStatus>;
}

async function start(
  behaviour: Partial<TestServerBehaviour> = {},
  options: Partial<ConnectOptions> = {},
): Promise<Watched> {
  const server = await TestServer.start(behaviour);
  cleanUps.push(() => server.close());
  const { caPem, port } = server;
  const session = await connect({ serverAddr: `localhost:${port}`, authtoken: 'adit_at_x', caPem, ...options });
  cleanUps.push(() => session.close());
  const statuses: SessionStatus[] = [];
  const forwards: ForwardEvent[] = [];
  session.on('status', (status) => statuses.push(status));
  session.on('forward', (event) => forwards.push(event));
  const inState = async (state: SessionStatus['state'], count = 1) => {
    const found = () => statuses.filter((status) => status.state === state).at(count - 1);
    while (!found()) await new Promise<void>((resolve) => void session.once('status', () => resolve()));
    return found() as SessionStatus;
  };
  return { server, session, statuses, forwards, inState };
}

test('forward() asks for a random https URL by default', async () => {
  const { server, session, forwards } = await start();
  const forward = await session.forward({ upstream: '3000', metadata: 'mine' });
  expect(forward).toMatchObject({
    id: 'ep_0',
    url: `https://name-0.localhost:${server.port}`,
    upstreamUrl: 'http://localhost:3000',
  });
  expect(server.binds[0]).toMatchObject({
    Id: '',
    Proto: 'https',
    ForwardsTo: 'http://localhost:3000',
    Opts: { Domain: '', Subdomain: '' },
    Extra: { Token: '', Metadata: 'mine' },
  });
  expect(forwards).toEqual([{ state: 'online', id: forward.id, url: forward.url }]);
});

test.each([
  ['app', 'https', { Domain: '', Subdomain: 'app' }],
  ['http://app.example.com', 'http', { Domain: 'app.example.com', Subdomain: '' }],
])('forward() asks for the URL %s', async (url, Proto, Opts) => {
  const { server, session } = await start();
  await session.forward({ upstream: '3000', url });
  expect(server.binds[0]).toMatchObject({ Proto, Opts });
});

test('forward() throws the refusal of the server and leaves the session as it was', async () => {
  const { session } = await start({ bindError: (count) => (count === 0 ? 'taken\n\nERR_NGROK_334' : '') });
  await expect(session.forward({ upstream: '3000' })).rejects.toMatchObject({ code: 334, message: 'taken' });
  expect(await session.forward({ upstream: '3000' })).toHaveProperty('id', 'ep_1');
});

test('forward() does not open an endpoint whose address rules the server left out', async () => {
  const { server, session } = await start();
  const rules = { allowCidrs: ['10.0.0.0/8'], denyCidrs: ['10.1.0.0/16'] };
  await session.forward({ upstream: '3000', ...rules });
  const restriction = { allow_cidrs: ['10.0.0.0/8'], deny_cidrs: ['10.1.0.0/16'] };
  expect(server.binds[0]?.Opts).toMatchObject({ IPRestriction: restriction });
  server.behaviour.confirmsRestriction = false;
  await expect(session.forward({ upstream: '3000', ...rules })).rejects.toMatchObject({ code: 9303 });
  expect(server.unbinds).toEqual(['ep_1']);
});

test('a lost session comes back at once, under its old identity, and binds again with the old id, token and options', async () => {
  const { server, session, inState, statuses, forwards } = await start();
  const forward = await session.forward({ upstream: '3000', allowCidrs: ['::1/128'] });
  const urlBefore = forward.url;
  server.cut();
  await inState('online');
  await server.until(() => server.binds.length === 2);
  expect(server.auths[1]).toMatchObject({ ClientId: 'ts_1', Extra: { Cookie: 'cookie-1' } });
  expect(server.binds[1]).toMatchObject({
    Id: 'ep_0',
    Opts: { Domain: 'name-0.localhost', IPRestriction: { allow_cidrs: ['::1/128'] } },
    Extra: { Token: 'token-0' },
  });
  expect(statuses).toMatchObject([{ state: 'reconnecting', attempt: 0, retryInMs: 0 }, { state: 'online' }]);
  await expect.poll(() => forwards).toHaveLength(2);
  expect(forward.url).toBe(urlBefore);
});

test('a session whose server is away waits longer each time, and comes back', async () => {
  const clock = handClock();
  const { server, session, inState, statuses } = await start({}, { clock, random: () => 1 });
  await session.forward({ upstream: '3000' });
  const { port } = server;
  await server.close();
  for (let count = 1; count <= 5; count++) {
    await inState('reconnecting', count);
    if (count < 5) clock.advance([0, 250, 250, 500][count - 1] ?? 0);
  }
  const waits = statuses.map((status) => status.state === 'reconnecting' && status.retryInMs);
  // Each as long as the server has been away until then.
  expect(waits).toEqual([0, 250, 250, 500, 1000]);
  expect(statuses.at(-1)).toMatchObject({ error: { code: 9301 } });
  await server.listen(port);
  clock.advance(999);
  expect(session.status.state).toBe('reconnecting');
  clock.advance(1);
  await inState('online');
  await server.until(() => server.binds.length === 2);
});

test('a session that lasted starts its back-off anew; one that keeps breaking does not', async () => {
  const clock = handClock();
  const { server, inState, statuses } = await start({}, { clock, random: () => 1 });
  const lose = async (count: number, retryInMs: number) => {
    server.cut();
    expect(await inState('reconnecting', count)).toMatchObject({ retryInMs });
    clock.advance(retryInMs);
    await inState('online', count);
  };
  await lose(1, 0);
  await lose(2, 250);
  await lose(3, 250);
  clock.advance(9_999);
  await lose(4, 1000);
  clock.advance(10_000);
  await lose(5, 0);
  expect(statuses).toHaveLength(10);
});

test('a session without an echo counts as lost after interval and tolerance', async () => {
  const clock = handClock();
  const options = { clock, heartbeatIntervalMs: 1000, heartbeatToleranceMs: 2000 };
  const { inState, session } = await start({ beats: false }, options);
  clock.advance(2_999);
  expect(session.status.state).toBe('online');
  clock.advance(1);
  const message = expect.stringContaining('no heartbeat for 3 s');
  expect(await inState('reconnecting')).toMatchObject({ error: { code: 9301, message } });
  clock.advance(0);
  await inState('online');
});

test('a session tells how long its heartbeat takes', async () => {
  const { session } = await start({}, { heartbeatIntervalMs: 1000 });
  const roundTripMs = await new Promise((resolve) => void session.once('roundTrip', resolve));
  expect(roundTripMs).toBeGreaterThanOrEqual(0);
});

test('a session whose credential is refused when it reconnects is over', async () => {
  const { server, session, forwards } = await start();
  const forward = await session.forward({ upstream: '3000' });
  server.behaviour.authError = 'revoked\n\nERR_NGROK_107';
  server.cut();
  expect(await session.closed).toMatchObject({ code: 107 });
  expect(await forward.closed).toMatchObject({ code: 107 });
  expect(session.status).toMatchObject({ state: 'closed', reason: 'failed' });
  expect(forwards.at(-1)).toMatchObject({ state: 'closed' });
  await expect(session.forward({ upstream: '3000' })).rejects.toMatchObject({ code: 107 });
  expect(server.auths).toHaveLength(2);
});

test('a server that no longer knows the cookie gets a fresh session', async () => {
  const { server, inState } = await start();
  server.behaviour.authError = 'what cookie?\n\nERR_NGROK_110';
  const refusedOnce = server
    .until(() => server.auths.length === 2)
    .then(() => {
      server.behaviour.authError = '';
    });
  server.cut();
  await Promise.all([refusedOnce, inState('online')]);
  expect(server.auths[1]).toMatchObject({ ClientId: 'ts_1' });
  expect(server.auths[2]).toMatchObject({ ClientId: '', Extra: { Cookie: '' } });
});

test('a rebind that is refused for now is tried again; one that is refused for good closes the forward', async () => {
  const refusals = ['', '', 'held\n\nERR_NGROK_334', 'outside\n\nERR_NGROK_319'];
  const { server, session, forwards } = await start(
    { bindError: (count) => refusals[count] ?? '' },
    { random: () => 0 },
  );
  const [first, second] = [await session.forward({ upstream: '3000' }), await session.forward({ upstream: '3001' })];
  server.cut();
  expect(await second.closed).toMatchObject({ code: 319 });
  await expect.poll(() => forwards.at(-1)).toMatchObject({ state: 'online', id: first.id });
  expect(forwards.map(({ state }) => state)).toEqual(['online', 'online', 'waiting', 'closed', 'online']);
});

test('a bind token that the server does not know is dropped, and the name asked for again', async () => {
  const { server, session } = await start({ bindError: (count) => (count === 1 ? 'token?\n\nERR_NGROK_335' : '') });
  const forward = await session.forward({ upstream: '3000' });
  server.cut();
  await server.until(() => server.binds.length === 3);
  expect(server.binds[2]).toMatchObject({ Id: '', Opts: { Domain: 'name-0.localhost' }, Extra: { Token: '' } });
  await expect.poll(() => forward.id).toBe('ep_2');
});

test('forward() waits while the session is reconnecting', async () => {
  const { server, session, inState } = await start();
  server.cut();
  await inState('reconnecting');
  expect(await session.forward({ upstream: '3000' })).toHaveProperty('id', 'ep_0');
});

test('a program may ask for many endpoints at once: the server is asked for a few at a time', async () => {
  let open = 0;
  let most = 0;
  const areEight = Promise.withResolvers<void>();
  const bindError = async () => {
    most = Math.max(most, ++open);
    if (open === 8) areEight.resolve();
    await areEight.promise;
    await new Promise((resolve) => setImmediate(resolve));
    open--;
    return '';
  };
  const { server, session } = await start({ bindError });
  const urls = Array.from({ length: 40 }, (_, i) => `name${i}`);
  const forwards = await Promise.all(urls.map((url) => session.forward({ upstream: '3000', url })));
  expect(forwards.map(({ url }) => new URL(url).hostname)).toEqual(urls.map((url) => `${url}.localhost`));
  expect(most).toBe(8);
  await Promise.all(forwards.map((forward) => forward.close()));
  expect(server.unbinds).toHaveLength(40);
});

test('forwards that wait for their turn fail with the session', async () => {
  const never = new Promise<string>(() => {});
  const { session, server } = await start({ bindError: () => never });
  const forwards = Array.from({ length: 20 }, () =>
    session.forward({ upstream: '3000' }).then(
      () => 0,
      ({ code }: AditError) => code,
    ),
  );
  await server.until(() => server.binds.length === 8);
  await session.close();
  expect(new Set(await Promise.all(forwards))).toEqual(new Set([9305]));
});

test('close() does not wait for a server that unbinds nothing', async () => {
  const clock = handClock();
  const { session, server } = await start({ unbinds: false }, { clock });
  await Promise.all(Array.from({ length: 20 }, () => session.forward({ upstream: '3000' })));
  const closing = session.close();
  await server.until(() => server.unbinds.length === 8);
  clock.advance(400);
  await server.until(() => server.session.isClosed);
  await closing;
  expect(server.unbinds.length).toBeLessThan(20);
});

test('close() of a forward unbinds it and may be called twice', async () => {
  const { server, session } = await start();
  const forward = await session.forward({ upstream: '3000' });
  await forward.close();
  await forward.close();
  expect(await forward.closed).toBeNull();
  expect(server.unbinds[0]).toBe('ep_0');
  server.cut();
  await server.until(() => server.auths.length === 2);
  expect(server.binds).toHaveLength(1);
});

test.each([
  ['granted', ''],
  ['refused for now', 'held\n\nERR_NGROK_334'],
  ['refused for good', 'outside\n\nERR_NGROK_319'],
])('a forward that is closed while it is bound again stays closed when the bind is %s', async (_what, answer) => {
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<string>();
  const bindError = (count: number) => {
    if (count === 0) return '';
    asked.resolve();
    return answered.promise;
  };
  const { server, session, forwards } = await start({ bindError });
  const forward = await session.forward({ upstream: '3000' });
  server.cut();
  await asked.promise;
  const closing = forward.close();
  answered.resolve(answer);
  await closing;
  await session.forward({ upstream: '3001' }).catch(() => {});
  expect(forwards.filter(({ id }) => id === forward.id).map(({ state }) => state)).toEqual(['online', 'closed']);
});

test('close() unbinds every forward, says goodbye and makes no further attempt', async () => {
  const { server, session, statuses } = await start();
  const forwards = [await session.forward({ upstream: '3000' }), await session.forward({ upstream: '3001' })];
  await Promise.all([session.close(), session.close()]);
  expect(server.unbinds).toEqual(['ep_0', 'ep_1']);
  expect(await Promise.all(forwards.map(({ closed }) => closed))).toEqual([null, null]);
  expect(await session.closed).toBeNull();
  expect(statuses).toEqual([{ state: 'closed', reason: 'closed', error: null }]);
  await server.until(() => server.session.isClosed);
  expect(server.auths).toHaveLength(1);
});

test('close() ends a session that is waiting to reconnect', async () => {
  const clock = handClock();
  const { server, session, inState } = await start({}, { clock, random: () => 1 });
  await server.close();
  await inState('reconnecting');
  clock.advance(0);
  await inState('reconnecting', 2);
  await session.close();
  expect(await session.closed).toBeNull();
});

test('the signal closes a session', async () => {
  const controller = new AbortController();
  const { server, session } = await start({}, { signal: controller.signal });
  await session.forward({ upstream: '3000' });
  controller.abort();
  expect(await session.closed).toBeNull();
  expect(server.unbinds).toEqual(['ep_0']);
});

test('an operator can stop the session: it is answered, takes its endpoints offline, and is over', async () => {
  const { server, session } = await start();
  await session.forward({ upstream: '3000' });
  const stream = server.session.open(streamTypes.stop, Buffer.from('{}'));
  expect(await readMessage(stream)).toEqual({});
  expect(await session.closed).toBeNull();
  expect(session.status).toMatchObject({ state: 'closed', reason: 'stopped' });
  expect(server.unbinds).toEqual(['ep_0']);
});

const noUpdate = 'This agent cannot do that by itself; its user has to';
const noManagement = 'Remote management is switched off on this agent; its user has to do it';

test.each<[command: 'stop' | 'restart' | 'update', remoteManagement: boolean | undefined, why: string]>([
  ['restart', undefined, noUpdate],
  ['update', undefined, noUpdate],
  ['update', true, noUpdate],
  ['stop', false, noManagement],
  ['restart', false, noManagement],
  ['update', false, noManagement],
])(
  'an operator cannot %s the agent (remoteManagement: %j), and is told so before and after',
  async (command, remoteManagement, why) => {
    const onRestart = remoteManagement === false ? () => expect.fail('it was restarted') : undefined;
    const { server, session } = await start({}, { remoteManagement, onRestart });
    const declared = `${command.replace(/^./, (letter) => letter.toUpperCase())}UnsupportedError`;
    expect(server.auths[0]?.Extra).toHaveProperty(declared, why);
    const stream = server.session.open(streamTypes[command], Buffer.from('{"Version":"1","PermitMajorVersion":false}'));
    expect(await readMessage(stream)).toEqual({ Error: `${why}\n\nERR_ADIT_9406` });
    expect(session.status.state).toBe('online');
  },
);

test('an operator can restart an agent that knows how: it is answered first', async () => {
  const asked = Promise.withResolvers<void>();
  const { server, session } = await start({}, { onRestart: asked.resolve });
  expect(server.auths[0]).toMatchObject({ Extra: { RestartUnsupportedError: '', StopUnsupportedError: '' } });
  expect(await readMessage(server.session.open(streamTypes.restart, Buffer.from('{}')))).toEqual({});
  await asked.promise;
  expect(session.status.state).toBe('online');
});

test('an operator who cannot restart an agent just now is told why', async () => {
  const objections = [new AditError(9201, 'Cannot use the configuration'), new Error('secret')];
  const asked = Promise.withResolvers<void>();
  const checkRestart = async () => {
    const objection = objections.shift();
    if (objection) throw objection;
  };
  const { server } = await start({}, { onRestart: asked.resolve, checkRestart });
  const restart = () => readMessage(server.session.open(streamTypes.restart, Buffer.from('{}')));
  expect(await restart()).toEqual({ Error: 'Cannot use the configuration\n\nERR_ADIT_9201' });
  expect(await restart()).toEqual({ Error: 'Internal error\n\nERR_ADIT_9000' });
  expect(await restart()).toEqual({});
  await asked.promise;
});

test('a name that another account has meanwhile is asked for again until it is free', async () => {
  const theirs = 'The name belongs to another account\n\nERR_NGROK_320';
  const bindError = (count: number) => (count === 1 || count === 2 ? theirs : '');
  const { server, session, forwards } = await start({ bindError }, { random: () => 0 });
  const forward = await session.forward({ upstream: '3000', url: 'mine' });
  const isBack = new Promise<void>(
    (resolve) => void session.on('forward', ({ state }) => state === 'online' && resolve()),
  );
  server.cut();
  await isBack;
  expect(forwards.map((event) => [event.state, 'error' in event && event.error?.code])).toEqual([
    ['online', false],
    ['waiting', 320],
    ['waiting', 320],
    ['online', false],
  ]);
  expect(forward.url).toContain('mine.localhost');
});

test('an operator can stop one endpoint, with a reason that its owner sees; it is not bound again', async () => {
  const { server, session } = await start();
  const forward = await session.forward({ upstream: '3000' });
  const body = { Id: forward.id, Message: 'not \u001b[2Jhere', ErrorCode: 'ERR_NGROK_320' };
  server.session.open(streamTypes.stopTunnel, Buffer.from(JSON.stringify(body)));
  expect(await forward.closed).toMatchObject({ code: 320, message: 'not ?[2Jhere' });
  server.cut();
  await server.until(() => server.auths.length === 2);
  expect(server.binds).toHaveLength(1);
});

test('a stream of an unknown type, or with a broken command, is reset and harms nothing', async () => {
  const { server, session } = await start();
  const unknown = server.session.open(77);
  const broken = server.session.open(streamTypes.stopTunnel, Buffer.from('nonsense'));
  const errors = [unknown, broken].map((stream) => new Promise((resolve) => void stream.once('error', resolve)));
  for (const error of await Promise.all(errors)) expect(error).toHaveProperty('resetCode');
  expect(await session.forward({ upstream: '3000' })).toHaveProperty('id', 'ep_0');
});

test('a command that stops an endpoint is reset when it is longer than any can be', async () => {
  const { server } = await start();
  const stream = server.session.open(streamTypes.stopTunnel, Buffer.from('{"Message":"'));
  const reset = new Promise((resolve) => void stream.once('error', resolve));
  stream.write('x'.repeat(20_000));
  expect(await reset).toHaveProperty('resetCode');
});

test('a command that stops an endpoint leaves no stream behind, also when the server does not end it', async () => {
  const clock = handClock();
  const { server, session } = await start({}, { clock });
  const forward = await session.forward({ upstream: '3000' });
  const body = { Id: forward.id, Message: '', ErrorCode: '' };
  const stream = server.session.open(streamTypes.stopTunnel, Buffer.from(JSON.stringify(body)));
  const gone = new Promise((resolve) => void stream.once('close', resolve));
  stream.resume();
  await forward.closed;
  clock.advance(10_000);
  await gone;
});
