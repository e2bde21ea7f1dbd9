// What goes wrong between a visitor, the server, an agent and its service, by real processes: what the agent says then,
// that it comes back, and what a steady visitor loses. A table at the end has it all; `FAULTS=long npm test tests/faults`
// makes it with default heartbeats and outages of a minute. What a clock can play is tested beside the SDK.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { adminJson, createKey } from './support/admin.ts';
import { startAgent } from './support/agent.ts';
import { startBlackHole } from './support/black-hole.ts';
import { Crowd, startHoldingUpstream } from './support/crowd.ts';
import { faultTable, note } from './support/fault-table.ts';
import { openSession as openNgrokSession } from './support/ngrok-session.ts';
import { startAdit } from './support/process.ts';
import { firstRunOf, newPlace, startServer, type TestServer } from './support/server.ts';
import { openSession } from './support/session.ts';
import { SteadyVisitor } from './support/steady-visitor.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit } from './support/visitor.ts';

const isLong = process.env['FAULTS'] === 'long';
const outageMs = isLong ? 60_000 : 2_000;
const timeout = isLong ? 300_000 : 60_000;
afterAll(() => console.log(`\n${faultTable()}\n`));

/** A visitor who is being served. */
async function steadyVisitor(server: TestServer, url: string, expected = 'in'): Promise<SteadyVisitor> {
  const visitor = new SteadyVisitor(server, { url, expected });
  await visitor.served();
  return visitor;
}

async function newToken(server: TestServer): Promise<{ id: string; token: string }> {
  const call = { method: 'POST', path: '/credentials', body: {} };
  const created = await callApi(server, firstRunOf(server).apiKey, call);
  return created.json as { id: string; token: string };
}

it('a network that swallows everything is seen by the heartbeat, and used again when it is back', {
  timeout,
}, async () => {
  const server = await startServer();
  const hole = await startBlackHole(Number(server.ready.connect.split(':').at(-1)));
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const fast = { heartbeatIntervalMs: 1_000, heartbeatToleranceMs: 2_000, connectTimeoutMs: 2_000 };
  const { session, next } = await openSession(server, { serverAddr: hole.address, ...(isLong ? {} : fast) });
  const forward = await session.forward({ upstream: String(upstream.port) });
  const { url } = forward;
  const visitor = await steadyVisitor(server, url);

  const startedAt = performance.now();
  const lost = next('reconnecting');
  hole.swallow();
  expect(await lost).toMatchObject({ error: { code: 9301, message: expect.stringContaining('no heartbeat for') } });
  const noticedAt = performance.now();
  expect(await next('reconnecting')).toMatchObject({
    error: { message: expect.stringMatching(/no answer within \d+ s/) },
  });
  const online = next('online');
  hole.release();
  await online;
  await visitor.served();
  const recoveredAt = performance.now();
  expect(forward.url).toBe(url);
  const count = await visitor.leave();
  // Nobody is told that the endpoint does not exist: it will be back.
  expect(Object.keys(count.losses)).not.toContain('404 ERR_ADIT_3200');
  const what = `network swallows everything (${isLong ? 'default heartbeat' : 'heartbeat 1 s + 2 s'})`;
  note({ what, startedAt, noticedAt, recoveredAt, visitor: count });
});

it.each([
  ['killed', 'SIGKILL', 9301, /the connection was|the server closed it/],
  ['stopped in order', 'SIGTERM', 9301, /the server closed it/],
] as const)(
  'a server that is %s is missed at once, and its agents come back when it does',
  { timeout },
  async (what, signal, code, words) => {
    const place = await newPlace();
    const server = await startServer(place);
    const upstream = await startUpstream((_request, response) => response.end('in'));
    const { session, next } = await openSession(server);
    const { url } = await session.forward({ upstream: String(upstream.port) });
    const visitor = await steadyVisitor(server, url);
    const lost = next('reconnecting');
    const startedAt = performance.now();
    const stopped = server.process.stop(signal);
    expect(await lost).toMatchObject({ error: { code, message: expect.stringMatching(words) }, retryInMs: 0 });
    const noticedAt = performance.now();
    await stopped;
    await sleep(outageMs);
    const online = next('online');
    await startServer(place);
    await online;
    await visitor.served();
    note({
      what: `server ${what}, gone for ${outageMs / 1000} s`,
      ...{ startedAt, noticedAt, recoveredAt: performance.now(), visitor: await visitor.leave() },
    });
  },
);

it('an agent whose machine sleeps serves again when it wakes', { timeout }, async () => {
  const server = await startServer();
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const agent = await startAgent(server, upstream.port, firstRunOf(server));
  const visitor = await steadyVisitor(server, agent.url);
  const startedAt = performance.now();
  agent.process.child.kill('SIGSTOP');
  await sleep(outageMs);
  agent.process.child.kill('SIGCONT');
  await visitor.served();
  const recoveredAt = performance.now();
  note({
    what: `agent's machine sleeps for ${outageMs / 1000} s`,
    startedAt,
    recoveredAt,
    visitor: await visitor.leave(),
  });
});

it('an agent whose token is revoked says so and ends; with another token the name is there at once', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const { id, token } = await newToken(server);
  const args = ['--url', 'kept'];
  const agent = await startAgent(server, upstream.port, { authtoken: token, args });
  const visitor = await steadyVisitor(server, agent.url);
  const startedAt = performance.now();
  const ended = once(agent.process.child, 'close');
  await callApi(server, firstRunOf(server).apiKey, { method: 'DELETE', path: `/credentials/${id}` });
  expect((await ended)[0]).toBe(3);
  const noticedAt = performance.now();
  expect(agent.process.lines.join('\n')).toMatch(/ERR_ADIT_(107|300)/);
  const next = await startAgent(server, upstream.port, { authtoken: (await newToken(server)).token, args });
  expect(next.url).toBe(agent.url);
  await visitor.served();
  const what = 'token revoked (recovered: an agent with another one)';
  note({ what, startedAt, noticedAt, recoveredAt: performance.now(), visitor: await visitor.leave() });
});

it('a second agent with the same configuration is told who has the name, and gets it when the first is gone', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const [first, second] = await Promise.all(
    ['first', 'second'].map((name) => startUpstream((_request, response) => response.end(name))),
  );
  const args = ['--url', 'shared'];
  const holder = await startAgent(server, first?.port ?? 0, { authtoken, args });
  const visitor = await steadyVisitor(server, holder.url, 'first');
  const startedAt = performance.now();
  const refused = startAgent(server, second?.port ?? 0, { authtoken, args });
  await expect(refused).rejects.toThrow(/ended \(6\)[^]*ERR_ADIT_334/);
  const noticedAt = performance.now();
  await visitor.served();
  const count = await visitor.leave();
  expect(count.losses).toEqual({});
  note({ what: 'two agents with one configuration', startedAt, noticedAt, visitor: count });
  await holder.process.stop('SIGKILL');
  const taker = await startAgent(server, second?.port ?? 0, { authtoken, args });
  expect(taker.url).toBe(holder.url);
  expect((await visit(server, taker.url)).body).toBe('second');
});

it('a service that hangs keeps its own visitors waiting and nobody else', async () => {
  const server = await startServer();
  const upstream = await startHoldingUpstream();
  const { session } = await openSession(server);
  const { url } = await session.forward({ upstream: String(upstream.port) });
  const visitor = await steadyVisitor(server, `${url}/now`, 'now');
  const crowd = new Crowd(server, url);
  const startedAt = performance.now();
  await crowd.gather(40, upstream);
  expect(upstream.held).toBe(40);
  await visitor.served();
  const count = await visitor.leave();
  expect(count.losses).toEqual({});
  note({ what: 'service hangs for 40 visitors (counted: others)', startedAt, visitor: count });
  upstream.release();
  await crowd.until(() => crowd.count(200) === 40);
  expect(session.status.state).toBe('online');
});

/** Answers when so many visitors wait at the service at once, or were refused. */
async function crowdOf(
  server: TestServer,
  url: string,
  count: number,
  upstream: Awaited<ReturnType<typeof startHoldingUpstream>>,
) {
  const startedAt = performance.now();
  const crowd = new Crowd(server, url);
  await crowd.gather(count, upstream);
  const held = upstream.held;
  upstream.release();
  await crowd.until(() => crowd.statuses.length === count);
  return { held, crowd, startedAt };
}

function noteCrowd(what: string, startedAt: number, crowd: Crowd): void {
  const losses: Record<string, number> = {};
  for (const status of crowd.statuses) if (status !== 200) losses[status] = (losses[status] ?? 0) + 1;
  const [sent, lost] = [crowd.statuses.length, crowd.statuses.length - crowd.count(200)];
  note({ what, startedAt, visitor: { sent, lost, losses, longestMs: undefined } });
}

it.each([480, 600])('our own agent carries %d visitors at once', async (count) => {
  const server = await startServer();
  const upstream = await startHoldingUpstream();
  // A process of its own: this one has the visitors.
  const { url } = await startAgent(server, upstream.port, firstRunOf(server));
  const { held, crowd, startedAt } = await crowdOf(server, url, count, upstream);
  expect([held, crowd.count(200)]).toEqual([count, count]);
  noteCrowd(`${count} visitors at once, our agent`, startedAt, crowd);
});

it.each([
  [480, 480],
  [600, 480],
])('the unmodified SDK, asked for %d visitors at once, carries %d and lives on', async (count, carried) => {
  const server = await startServer();
  const upstream = await startHoldingUpstream();
  const session = await openNgrokSession(server);
  const listener = await session.httpEndpoint().listenAndForward(`http://127.0.0.1:${upstream.port}`);
  const url = listener.url() ?? '';
  const { held, crowd, startedAt } = await crowdOf(server, url, count, upstream);
  noteCrowd(`${count} visitors at once, unmodified SDK`, startedAt, crowd);
  expect([held, crowd.count(200), crowd.count(503)]).toEqual([carried, carried, count - carried]);
  expect((await visit(server, `${url}/now`)).body).toBe('now');
});

it('an agent that may open no more files refuses visitors, says so, and serves again', async () => {
  const server = await startServer();
  const upstream = await startHoldingUpstream();
  const { authtoken } = firstRunOf(server);
  const words = [
    'http',
    String(upstream.port),
    '--connect-url',
    server.ready.connect,
    '--connect-cas',
    server.ready.caFile,
  ];
  const limited = { under: ['prlimit', '--nofile=80:80'] };
  const agent = startAdit(words, { ADIT_AUTHTOKEN: authtoken }, limited);
  onTestFinished(async () => void (await agent.stop('SIGKILL')));
  const url = await agent.waitFor((line) => (JSON.parse(line) as { url?: string }).url);
  const crowd = new Crowd(server, url);
  const startedAt = performance.now();
  await crowd.gather(100, upstream);
  const { held } = upstream;
  expect(held).toBeGreaterThan(0);
  expect(crowd.count(503)).toBe(100 - held);
  upstream.release();
  await crowd.until(() => crowd.count(200) === held);
  // It has files again when those of the crowd are closed.
  await expect.poll(async () => (await visit(server, url)).status).toBe(200);
  noteCrowd('agent may open 80 files, 100 visitors at once', startedAt, crowd);
  await agent.waitFor((line) => /"upstream failed".*ERR_ADIT_9308/.test(line) || undefined);
});

it('an agent whose terminal is closed takes its endpoint offline and ends', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const agent = await startAgent(server, upstream.port, firstRunOf(server));
  const startedAt = performance.now();
  expect(await agent.process.stop('SIGHUP')).toBe(0);
  const noticedAt = performance.now();
  expect((await visit(server, agent.url)).status).toBe(404);
  note({ what: 'terminal closed', startedAt, noticedAt, visitor: 'all: the agent has ended' });
});

it.each([
  ['forward', 'SIGUSR2'],
  ['back', 'SIGURG'],
] as const)('a time of day that is set %s by an hour ends no session and no request', async (way, signal) => {
  const settable = ['env', `NODE_OPTIONS=--import=${new URL('support/set-clock.ts', import.meta.url).pathname}`];
  const server = await startServer({ under: settable });
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const { session } = await openSession(server);
  const { url } = await session.forward({ upstream: String(upstream.port) });
  // The server gives up a session that was silent for seven seconds, and looks at that between two heartbeats, of which the
  // first has just been heard.
  const quiet = await openSession(server, { heartbeatIntervalMs: 4_000, heartbeatToleranceMs: 3_000 });
  const losses: unknown[] = [];
  for (const one of [session, quiet.session]) one.on('status', (status) => losses.push(status));
  const visitor = await steadyVisitor(server, url);
  await once(quiet.session, 'roundTrip');
  const startedAt = performance.now();
  server.process.child.kill(signal);
  await once(quiet.session, 'roundTrip');
  await visitor.served();
  const count = await visitor.leave();
  expect(losses).toEqual([]);
  expect(count.losses).toEqual({});
  note({ what: `time of day of the server set ${way} by an hour`, startedAt, visitor: count });
});

it('an agent whose name somebody else took while it was away says so, and has it back when he leaves', async () => {
  const place = await newPlace();
  const server = await startServer(place);
  const [ours, theirs] = await Promise.all(
    ['ours', 'theirs'].map((name) => startUpstream((_request, response) => response.end(name))),
  );
  const agent = await startAgent(server, ours?.port ?? 0, { ...firstRunOf(server), args: ['--url', 'wanted'] });
  agent.process.child.kill('SIGSTOP');
  await server.process.stop('SIGKILL');
  await adminJson(server.dataDir, ['account', 'create', 'others']);
  const authtoken = await createKey(server.dataDir, ['--account', 'others']);
  const again = await startServer(place);
  const taker = await startAgent(again, theirs?.port ?? 0, { authtoken, args: ['--url', 'wanted'] });
  expect(taker.url).toBe(agent.url);
  const startedAt = performance.now();
  agent.process.child.kill('SIGCONT');
  await agent.process.waitFor((line) => (/ERR_(NGROK|ADIT)_320/.test(line) ? true : undefined));
  const noticedAt = performance.now();
  expect((await visit(again, taker.url)).body).toBe('theirs');
  const visitor = new SteadyVisitor(again, { url: agent.url, expected: 'ours' });
  await taker.process.stop('SIGTERM');
  await visitor.served();
  const what = 'name taken by another account (counted: until he leaves and we are back)';
  note({ what, startedAt, noticedAt, recoveredAt: performance.now(), visitor: await visitor.leave() });
});
