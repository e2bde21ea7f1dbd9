// A server that takes the place of the one that runs: same data directory, same addresses, nobody is turned away.
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { type AddressInfo, connect, createServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../packages/server/src/edge/listener/free-ports.testkit.ts';
import { startAgent } from './support/agent.ts';
import { openSession as openNgrokSession } from './support/ngrok-session.ts';
import { startAdit } from './support/process.ts';
import { firstRunOf, newPlace, startServer, type TestServer } from './support/server.ts';
import { openSession } from './support/session.ts';
import { SteadyVisitor } from './support/steady-visitor.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit, visitorOptions } from './support/visitor.ts';

/** The next server on the same data directory. */
function takeOver({ ready, dataDir }: TestServer, more: readonly string[] = []): Promise<TestServer> {
  const ports = ['--https-port', String(ready.https.port), '--http-port', String(ready.http.port)];
  return startServer({ dataDir, args: [...ports, '--take-over', ...more] });
}

/** Options of servers that take over from each other, where nobody may be for a moment. */
async function takingPlace() {
  const place = await newPlace();
  return { ...place, args: [...place.args, '--take-over'] };
}

const startVisits = (server: TestServer, url: string, connections: 'kept' | 'new') =>
  new SteadyVisitor(server, { url, expected: 'in' }, { intervalMs: 10, connections, triesAgain: true });

async function expectNoLoss(visits: SteadyVisitor, what: string): Promise<void> {
  const { losses, longestMs = 0 } = await visits.leave();
  const again = `${visits.retried} of them at the second try`;
  console.log(`${what}: ${visits.answered} answered, ${again}, longest wait ${longestMs.toFixed(0)} ms`);
  expect(losses).toEqual({});
}

/** Waits for the old server to go by itself. */
async function hasGone({ process }: TestServer): Promise<void> {
  const { child } = process;
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  expect(child.exitCode).toBe(0);
}

describe('while another server takes over', () => {
  it.each([false, true])('no request is lost (connections that are used again: %s)', async (keepAlive) => {
    const server = await startServer();
    const upstream = await startUpstream((_request, response) => void setTimeout(() => response.end('in'), 20));
    const agent = await startAgent(server, upstream.port, firstRunOf(server));
    const visits = startVisits(server, agent.url, keepAlive ? 'kept' : 'new');
    await expect.poll(() => visits.answered).toBeGreaterThan(20);
    const next = await takeOver(server);
    await hasGone(server);
    const after = visits.answered + 50;
    await expect.poll(() => visits.answered, { timeout: 20_000 }).toBeGreaterThan(after);
    await expectNoLoss(visits, 'hand-over');
    expect((await visit(next, agent.url)).body).toBe('in');
    // Once is as good as again.
    const third = await takeOver(next);
    await hasGone(next);
    expect((await visit(third, agent.url)).body).toBe('in');
  });

  it('no request is lost that a cloud endpoint or an edge sends on to an agent', async () => {
    const server = await startServer();
    const upstream = await startUpstream((_request, response) => response.end('in'));
    const { apiKey } = firstRunOf(server);
    const make = async (path: string, body: object): Promise<{ id: string; url: string }> => {
      const { status, json } = await callApi(server, apiKey, { method: 'POST', path, body });
      expect([status, json['msg']]).toEqual([201, undefined]);
      return json as { id: string; url: string };
    };
    const actions = [{ type: 'forward-internal', config: { url: 'https://app.internal' } }];
    const policy = JSON.stringify({ on_http_request: [{ actions }] });
    const cloud = await make('/endpoints', { url: 'https://front.localhost', traffic_policy: policy });
    const { session } = await openSession(server);
    await session.forward({ upstream: String(upstream.port), url: 'https://app.internal' });

    const tunnels = await make('/backends/tunnel_group', { labels: { app: 'shop' } });
    const host = `edge.localhost:${server.ready.https.port}`;
    const edge = await make('/edges/https', { hostports: [host] });
    const route = { match_type: 'path_prefix', match: '/', backend: { backend_id: tunnels.id } };
    await make(`/edges/https/${edge.id}/routes`, route);
    const tunnel = (await openNgrokSession(server)).labeledListener().label('app', 'shop');
    await tunnel.listenAndForward(`http://127.0.0.1:${upstream.port}`);

    await expect.poll(() => visit(server, `https://${host}`)).toMatchObject({ body: 'in' });
    const visits = [cloud.url, `https://${host}`].map((url) => startVisits(server, url, 'new'));
    await expect.poll(() => Math.min(...visits.map(({ answered }) => answered))).toBeGreaterThan(10);
    await takeOver(server);
    await hasGone(server);
    for (const visitor of visits) {
      const after = visitor.answered + 20;
      await expect.poll(() => visitor.answered, { timeout: 20_000 }).toBeGreaterThan(after);
    }
    await expectNoLoss(visits[0]!, 'hand-over, cloud endpoint');
    await expectNoLoss(visits[1]!, 'hand-over, edge');
  });

  it('an answer that is under way comes to its end', async () => {
    const server = await startServer();
    const upstream = await startUpstream((_request, response) => {
      response.write('first ');
      setTimeout(() => response.end('last'), 2_000);
    });
    const agent = await startAgent(server, upstream.port, firstRunOf(server));
    const slow = visit(server, agent.url);
    await once(upstream.server, 'request');
    const next = await takeOver(server);
    expect((await slow).body).toBe('first last');
    await hasGone(server);
    expect((await visit(next, agent.url)).body).toBe('first last');
  });

  it('a tcp endpoint keeps its port, and whoever connects is served', async () => {
    const server = await startServer();
    const { session } = await openSession(server);
    const upstream = await startUpstream((_request, response) => response.end('in'));
    const { url } = await session.forward({ upstream: String(upstream.port), url: 'tcp://' });
    const port = Number(new URL(url).port);
    const answers: string[] = [];
    let isOver = false;
    const asking = (async () => {
      while (!isOver) {
        answers.push(await askByTcp(port).catch(String));
        await pause(5);
      }
    })();
    await takeOver(server);
    await hasGone(server);
    await pause(200);
    isOver = true;
    await asking;
    expect(answers.length).toBeGreaterThan(20);
    // One at most, which waited in the old listener's queue when that was closed (docs/adr/0007).
    const lost = answers.filter((answer) => !answer.endsWith('in'));
    expect(lost.length).toBeLessThanOrEqual(1);
    const reset = /^Error: (?:read ECONNRESET|write (?:ECONNRESET|EPIPE))$/;
    expect(lost.filter((answer) => !reset.test(answer))).toEqual([]);
  });

  it('the port of an agent that is still on its way is nobody else’s', async () => {
    const port = await freePort();
    const server = await startServer({ args: ['--tcp-ports', String(port)] });
    const upstream = await startUpstream((_request, response) => response.end('in'));
    const ngrokSession = await openNgrokSession(server);
    const listener = await ngrokSession.tcpEndpoint().listenAndForward(`tcp://127.0.0.1:${upstream.port}`);
    expect(listener.url()).toBe(`tcp://localhost:${port}`);
    const next = await takeOver(server, ['--tcp-ports', String(port)]);
    const { session } = await openSession(next, { authtoken: firstRunOf(server).authtoken });
    await expect(session.forward({ upstream: '1', url: 'tcp://' })).rejects.toMatchObject({ code: 9405 });
    await hasGone(server);
    await expect.poll(() => askByTcp(port).catch(String), { timeout: 20_000 }).toMatch(/in$/);
  });

  it('an unmodified SDK comes along, too', async () => {
    const server = await startServer();
    const upstream = await startUpstream((_request, response) => response.end('in'));
    const session = await openNgrokSession(server);
    const listener = await session.httpEndpoint().listenAndForward(`http://127.0.0.1:${upstream.port}`);
    const url = listener.url() ?? '';
    const visits = startVisits(server, url, 'new');
    await expect.poll(() => visits.answered).toBeGreaterThan(10);
    await takeOver(server);
    await hasGone(server);
    const after = visits.answered + 20;
    await expect.poll(() => visits.answered, { timeout: 20_000 }).toBeGreaterThan(after);
    await expectNoLoss(visits, 'hand-over, SDK');
  });

  it('a token that is revoked at the new server ends what the old one still carries', async () => {
    const server = await startServer();
    const { apiKey } = firstRunOf(server);
    const created = await callApi(server, apiKey, { method: 'POST', path: '/credentials', body: {} });
    const { id, token } = created.json as { id: string; token: string };
    const upstream = await startUpstream((_request, response) => void response.write('first '));
    const agent = await startAgent(server, upstream.port, { authtoken: token });
    const endless = visit(server, agent.url).then(
      () => 'whole',
      () => 'cut',
    );
    await once(upstream.server, 'request');
    const next = await takeOver(server);
    const startedAt = performance.now();
    await callApi(next, apiKey, { method: 'DELETE', path: `/credentials/${id}` });
    expect(await endless).toBe('cut');
    console.log(`revoked at the new server, cut at the old one after ${(performance.now() - startedAt).toFixed(0)} ms`);
    await hasGone(server);
  });
});

it('a token that is revoked at the old server, by its last request, ends its session at the new one', async () => {
  const server = await startServer();
  const { apiKey } = firstRunOf(server);
  const created = await callApi(server, apiKey, { method: 'POST', path: '/credentials', body: {} });
  const { id, token } = created.json as { id: string; token: string };
  const { session } = await openSession(server, { authtoken: token });
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const { url } = await session.forward({ upstream: String(upstream.port) });
  // Kept open, and used once more while the server goes.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const ask = async (method: string, path: string) => {
    const options = visitorOptions(server, `${server.ready.api}${path}`);
    const headers = { ...(options.headers as Record<string, string>), authorization: `Bearer ${apiKey}` };
    const [answer] = await once(request({ ...options, method, headers, agent }).end(), 'response');
    return await buffer(answer).then(() => answer.statusCode);
  };
  expect(await ask('GET', '/credentials')).toBe(200);
  const next = await takeOver(server);
  expect((await visit(next, url)).body).toBe('in');
  expect(await ask('DELETE', `/credentials/${id}`)).toBe(204);
  expect(server.process.child.exitCode).toBe(null);
  expect(await session.closed).toMatchObject({ code: 107 });
});

it('--take-over is a start like any other when no server runs, also when one was killed', async () => {
  const place = await takingPlace();
  const server = await startServer(place);
  await server.process.stop('SIGKILL');
  const next = await startServer(place);
  expect(next.ready.https.port).toBe(server.ready.https.port);
});

it('a server that cannot open all it needs leaves the old one in its place', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const agent = await startAgent(server, upstream.port, firstRunOf(server));
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as AddressInfo;
  await expect(takeOver(server, ['--operator-listen', `127.0.0.1:${port}`])).rejects.toThrow(/ERR_ADIT_9220/);
  expect((await visit(server, agent.url)).body).toBe('in');
  // It was not even asked.
  expect(server.process.stderr()).not.toContain('takes over');
  const next = await takeOver(server);
  await hasGone(server);
  expect((await visit(next, agent.url)).body).toBe('in');
});

it('when the new server is killed in the middle, the next one comes as soon as the old one has gone', async () => {
  const place = await takingPlace();
  const server = await startServer(place);
  const second = await startServer(place);
  await second.process.stop('SIGKILL');
  const third = await startServer(place);
  await hasGone(server);
  expect(third.ready.connect).toBe(server.ready.connect);
});

it('a server that is just stopping is followed as soon as it is gone', async () => {
  const place = await takingPlace();
  const server = await startServer(place);
  const upstream = await startUpstream((_request, response) => {
    response.write('first ');
    setTimeout(() => response.end('last'), 1_000);
  });
  const agent = await startAgent(server, upstream.port, firstRunOf(server));
  const slow = visit(server, agent.url);
  await once(upstream.server, 'request');
  const stopped = server.process.stop('SIGTERM');
  const next = await startServer(place);
  expect([await stopped, (await slow).body]).toEqual([0, 'first last']);
  expect(next.ready.https.port).toBe(server.ready.https.port);
});

it('nobody else is asked to hand over: not who has the same port of another address', async () => {
  // People are told "localhost:<port>", of which 127.0.0.1 is the more usual meaning.
  const port = await freePort();
  const server = await startServer({ args: ['--operator-listen', `[::1]:${port}`] });
  const asked: string[] = [];
  const squatter = createServer((socket) => void socket.on('data', (bytes) => asked.push(String(bytes))));
  onTestFinished(() => void squatter.close());
  squatter.listen(port, '127.0.0.1');
  await once(squatter, 'listening');
  await takeOver(server, ['--operator-listen', `[::1]:${port}`]);
  await hasGone(server);
  expect(asked).toEqual([]);
});

it('without --take-over a second server is refused, and told what it can do', async () => {
  const server = await startServer();
  const second = startAdit(['server', '--data-dir', server.dataDir, '--ready-json']);
  await once(second.child, 'close');
  expect(second.stderr()).toMatch(/another server uses it\. .*--take-over[^]*ERR_ADIT_9211/);
  // Its port is not shared with a server of other data either.
  const stranger = startServer({ args: ['--https-port', String(server.ready.https.port)] });
  await expect(stranger).rejects.toThrow(/ERR_ADIT_9220/);
});

/** One HTTP/1.0 request, without anything that would try again. */
async function askByTcp(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end('GET / HTTP/1.0\r\n\r\n');
  let text = '';
  for await (const piece of socket) text += String(piece);
  return text;
}
