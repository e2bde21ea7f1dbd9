import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { buffer, text } from 'node:stream/consumers';
import { type AgentSession, type ConnectOptions, connect } from '@adit/sdk';
import { expect, it, onTestFinished } from 'vitest';
import { firstRunOf, newPlace, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit, visitorOptions } from './support/visitor.ts';

/** Where agents go by the shared port, and by the listener of their own. */
const places = [
  ['the shared port', ({ ready }: TestServer) => `connect.localhost:${ready.https.port}`],
  ['its own listener', ({ ready }: TestServer) => ready.connect],
] as const;

async function open(server: TestServer, changes: Partial<ConnectOptions>): Promise<AgentSession> {
  const session = await connect({
    ...{ serverAddr: server.ready.connect, authtoken: firstRunOf(server).authtoken, caPem: server.ca },
    ...{ transport: 'websocket' },
    ...changes,
  });
  onTestFinished(() => session.close());
  return session;
}

it.each(places)(
  'an agent over WebSocket by %s serves requests and large bodies both ways',
  async (_place, addressOf) => {
    const server = await startServer();
    const session = await open(server, { serverAddr: addressOf(server) });
    const upstream = await startUpstream((incoming, response) => {
      buffer(incoming).then(
        (content) => response.end(content),
        () => response.destroy(),
      );
    });
    const { url } = await session.forward({ upstream: String(upstream.port) });
    expect((await visit(server, url, { method: 'POST', body: 'small' })).body).toBe('small');
    const content = randomBytes(24 * 1024 * 1024);
    expect(await digestOfEcho(server, url, content)).toBe(digestOf(content));
  },
);

it('a session over WebSocket is one like all others: its agent is stopped, its token revoked', async () => {
  const server = await startServer();
  const { apiKey } = firstRunOf(server);
  const created = await callApi(server, apiKey, { method: 'POST', path: '/credentials', body: {} });
  const { id, token } = created.json as { id: string; token: string };
  const session = await open(server, { authtoken: token });
  await callApi(server, apiKey, { method: 'DELETE', path: `/credentials/${id}` });
  expect(await session.closed).toMatchObject({ code: 107 });
});

it('a refused token over WebSocket is told as anywhere', async () => {
  const server = await startServer();
  await expect(open(server, { authtoken: `${firstRunOf(server).authtoken}x` })).rejects.toMatchObject({
    kind: 'unauthenticated',
  });
});

it('a session over WebSocket comes back when the server does', async () => {
  const place = await newPlace();
  const server = await startServer(place);
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const session = await open(server, {});
  const { url } = await session.forward({ upstream: String(upstream.port) });
  await server.process.stop();
  const again = await startServer(place);
  await expect.poll(async () => (await visit(again, url)).body, { timeout: 40_000, interval: 100 }).toBe('in');
}, 90_000); // Between two of its attempts the session may wait for half a minute.

it('a server that stops lets visitors finish before it lets go of agents over WebSocket', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_request, response) => {
    response.write('first ');
    setTimeout(() => response.end('last'), 1_000);
  });
  const session = await open(server, {});
  const { url } = await session.forward({ upstream: String(upstream.port) });
  const slow = visit(server, url);
  await once(upstream.server, 'request');
  const stopped = server.process.stop();
  expect((await slow).body).toBe('first last');
  expect(await stopped).toBe(0);
});

it('the name of the agents tells a browser what it is for', async () => {
  const server = await startServer();
  // As browsers do; who names no protocol is an agent there.
  const options = {
    ...visitorOptions(server, `https://connect.localhost:${server.ready.https.port}/`),
    ALPNProtocols: ['http/1.1'],
  };
  const [answer] = (await once(request({ ...options, agent: false }).end(), 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(426);
  expect(await text(answer)).toContain('Agents connect here');
});

async function digestOfEcho(server: TestServer, url: string, content: Buffer): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const sent = request({ ...visitorOptions(server, url), method: 'POST' }, (answer) => {
    buffer(answer).then((echo) => resolve(digestOf(echo)), reject);
  });
  sent.on('error', reject).end(content);
  return promise;
}

function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
