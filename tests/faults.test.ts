// What goes wrong between a visitor, the server, an agent and its service, by real processes: what the agent says then,
// and that it comes back. What a clock can play is tested beside the SDK.
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { startAgent } from './support/agent.ts';
import { startBlackHole } from './support/black-hole.ts';
import { Crowd, startHoldingUpstream } from './support/crowd.ts';
import { openSession as openNgrokSession } from './support/ngrok-session.ts';
import { startAdit } from './support/process.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { openSession } from './support/session.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit } from './support/visitor.ts';

/** For the table in the documentation: how long it took, on this machine, now. */
function report(fault: string, startedAt: number, noticedAt: number): void {
  const [noticed, recovered] = [noticedAt - startedAt, performance.now() - startedAt];
  console.log(`${fault}: noticed after ${noticed.toFixed(0)} ms, recovered after ${recovered.toFixed(0)} ms`);
}

async function newToken(server: TestServer): Promise<{ id: string; token: string }> {
  const call = { method: 'POST', path: '/credentials', body: {} };
  const created = await callApi(server, firstRunOf(server).apiKey, call);
  return created.json as { id: string; token: string };
}

function restarted({ ready, dataDir }: TestServer): Promise<TestServer> {
  const args = ['--https-port', String(ready.https.port), '--http-port', String(ready.http.port)];
  return startServer({ dataDir, args });
}

it('a network that swallows everything is seen by the heartbeat, and used again when it is back', async () => {
  const server = await startServer();
  const hole = await startBlackHole(Number(server.ready.connect.split(':').at(-1)));
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const beats = { heartbeatIntervalMs: 1_000, heartbeatToleranceMs: 1_000, connectTimeoutMs: 1_000 };
  const { session, next } = await openSession(server, { serverAddr: hole.address, ...beats });
  const forward = await session.forward({ upstream: String(upstream.port) });
  const { url } = forward;

  const startedAt = performance.now();
  const lost = next('reconnecting');
  hole.swallow();
  const message = expect.stringContaining('no heartbeat for 2 s');
  expect(await lost).toMatchObject({ error: { code: 9301, message } });
  const noticedAt = performance.now();
  expect(await next('reconnecting')).toMatchObject({
    error: { message: expect.stringContaining('no answer within 1 s') },
  });
  const online = next('online');
  hole.release();
  await online;
  await expect.poll(async () => (await visit(server, url)).body, { timeout: 20_000 }).toBe('in');
  expect(forward.url).toBe(url);
  report('black hole (heartbeat 1 s + 1 s)', startedAt, noticedAt);
});

it.each([
  ['killed', 'SIGKILL', 9301, 'the connection was'],
  ['stopped in order', 'SIGTERM', 9301, 'the server closed it'],
] as const)(
  'a server that is %s is missed at once, and its agents come back when it does',
  async (what, signal, code, words) => {
    const server = await startServer();
    const upstream = await startUpstream((_request, response) => response.end('in'));
    const { session, next } = await openSession(server);
    const { url } = await session.forward({ upstream: String(upstream.port) });
    const lost = next('reconnecting');
    const startedAt = performance.now();
    const stopped = server.process.stop(signal);
    expect(await lost).toMatchObject({ error: { code, message: expect.stringContaining(words) }, retryInMs: 0 });
    const noticedAt = performance.now();
    await stopped;
    const online = next('online');
    const again = await restarted(server);
    await online;
    await expect.poll(async () => (await visit(again, url)).body, { timeout: 20_000 }).toBe('in');
    report(`server ${what}`, startedAt, noticedAt);
  },
);

it('an agent whose token is revoked says so and ends; with another token the name is there at once', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const { id, token } = await newToken(server);
  const args = ['--url', 'kept'];
  const agent = await startAgent(server, upstream.port, { authtoken: token, args });
  const startedAt = performance.now();
  const ended = once(agent.process.child, 'close');
  await callApi(server, firstRunOf(server).apiKey, { method: 'DELETE', path: `/credentials/${id}` });
  expect((await ended)[0]).toBe(3);
  const noticedAt = performance.now();
  expect(agent.process.lines.join('\n')).toMatch(/ERR_ADIT_(107|300)/);
  const next = await startAgent(server, upstream.port, { authtoken: (await newToken(server)).token, args });
  expect((await visit(server, next.url)).body).toBe('in');
  expect(next.url).toBe(agent.url);
  report('token revoked (recovered: another agent)', startedAt, noticedAt);
});

it('a second agent with the same configuration is told who has the name, and gets it when the first is gone', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const [first, second] = await Promise.all(
    ['first', 'second'].map((name) => startUpstream((_request, response) => response.end(name))),
  );
  const args = ['--url', 'shared'];
  const holder = await startAgent(server, first?.port ?? 0, { authtoken, args });
  const refused = startAgent(server, second?.port ?? 0, { authtoken, args });
  await expect(refused).rejects.toThrow(/ended \(6\)[^]*ERR_ADIT_334/);
  expect((await visit(server, holder.url)).body).toBe('first');
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
  const crowd = new Crowd(server, url);
  await crowd.gather(40, upstream);
  expect(upstream.held).toBe(40);
  expect((await visit(server, `${url}/now`)).body).toBe('now');
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
  const crowd = new Crowd(server, url);
  await crowd.gather(count, upstream);
  const held = upstream.held;
  upstream.release();
  await crowd.until(() => crowd.statuses.length === count);
  return { held, crowd };
}

it.each([480, 600])('our own agent carries %d visitors at once', async (count) => {
  const server = await startServer();
  const upstream = await startHoldingUpstream();
  // A process of its own: this one has the visitors.
  const { url } = await startAgent(server, upstream.port, firstRunOf(server));
  const { held, crowd } = await crowdOf(server, url, count, upstream);
  expect([held, crowd.count(200)]).toEqual([count, count]);
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
  const { held, crowd } = await crowdOf(server, url, count, upstream);
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
  await crowd.gather(100, upstream);
  const { held } = upstream;
  expect(held).toBeGreaterThan(0);
  expect(crowd.count(502)).toBe(100 - held);
  upstream.release();
  await crowd.until(() => crowd.count(200) === held);
  expect((await visit(server, url)).status).toBe(200);
  expect(agent.lines.join('\n')).toMatch(/"upstream failed".*ERR_ADIT_8012/);
});

it('an agent whose terminal is closed takes its endpoint offline and ends', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const agent = await startAgent(server, upstream.port, firstRunOf(server));
  expect(await agent.process.stop('SIGHUP')).toBe(0);
  expect((await visit(server, agent.url)).status).toBe(404);
});
