import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../packages/server/src/edge/listener/free-ports.testkit.ts';
import { startAgent, type TestAgent } from './support/agent.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit, visitorOptions } from './support/visitor.ts';

async function expose(
  listener: Parameters<typeof startUpstream>[0],
): Promise<{ server: TestServer; agent: TestAgent }> {
  const server = await startServer();
  const upstream = await startUpstream(listener);
  return { server, agent: await startAgent(server, upstream.port, firstRunOf(server)) };
}

async function openHttp2(server: TestServer, url: string): Promise<ClientHttp2Session> {
  const { hostname, port, host } = new URL(url);
  const socket = connectTls({
    host: '127.0.0.1',
    port: Number(port),
    servername: hostname,
    ca: server.ca,
    ALPNProtocols: ['h2'],
  });
  await once(socket, 'secureConnect');
  expect(socket.alpnProtocol).toBe('h2');
  const session = connect(`https://${host}`, { createConnection: () => socket });
  onTestFinished(() => session.destroy());
  return session;
}

it("[invariant: identity-headers-last] a request reaches the upstream with its target, its Host and our forwarding headers, not the visitor's", async () => {
  const { server, agent } = await expose((incoming, response) => {
    response.end(JSON.stringify({ url: incoming.url, headers: incoming.headers }));
  });
  const answer = await visit(server, `${agent.url}/a%2Fb?x=1`, {
    headers: { 'x-forwarded-for': '6.6.6.6', X_Forwarded_Proto: 'gopher', forwarded: 'for=6.6.6.6' },
  });
  const seen = JSON.parse(answer.body) as { url: string; headers: Record<string, string> };
  expect(seen.url).toBe('/a%2Fb?x=1');
  expect(seen.headers).toMatchObject({
    host: new URL(agent.url).host,
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': new URL(agent.url).host,
  });
  expect(JSON.stringify(seen.headers)).not.toMatch(/6\.6\.6\.6|gopher/);
});

it('20 MB up and down arrive whole, over HTTP/1.1', async () => {
  const { server, agent } = await expose((incoming, response) => incoming.pipe(response));
  const body = randomBytes(20_000_000);
  const sent = request({ ...visitorOptions(server, agent.url), method: 'POST' });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const hash = createHash('sha256');
  for await (const chunk of answer) hash.update(chunk as Buffer);
  expect(hash.digest('hex')).toBe(createHash('sha256').update(body).digest('hex'));
});

it('the first byte of a stream arrives before the upstream ends it (SSE)', async () => {
  let finish = (): void => {};
  const { server, agent } = await expose((_incoming, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: first\n\n');
    finish = () => response.end('data: last\n\n');
  });
  const sent = request(visitorOptions(server, agent.url)).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const [first] = (await once(answer, 'data')) as [Buffer];
  expect(first.toString()).toBe('data: first\n\n');
  finish();
  expect(await text(answer)).toBe('data: last\n\n');
});

it('an HTTP/2 visitor gets 20 answers over one connection', async () => {
  const { server, agent } = await expose((incoming, response) => response.end(`you asked ${incoming.url}`));
  const session = await openHttp2(server, agent.url);
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const stream = session.request({ [constants.HTTP2_HEADER_PATH]: `/${i}` });
      return text(stream);
    }),
  );
  expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => `you asked /${i}`));
});

it('an offline endpoint, and one whose upstream refuses, answer with a page, a code and a request id', async () => {
  const { server, agent } = await expose((_incoming, response) => response.end());
  const offline = await visit(server, agent.url.replace('//', '//nobody-'), { headers: { accept: 'text/html' } });
  expect(offline).toMatchObject({ status: 404, headers: { 'adit-error-code': 'ERR_ADIT_3200' } });
  expect(offline.body).toContain(String(offline.headers['adit-request-id']));

  const refusing = await startAgent(server, await freePort(), firstRunOf(server));
  const refused = await visit(server, refusing.url, { headers: { accept: 'application/json' } });
  expect(refused).toMatchObject({ status: 502, headers: { 'adit-error-code': 'ERR_ADIT_8012' } });
  expect(JSON.parse(refused.body)).toMatchObject({ error_code: 'ERR_ADIT_8012' });
  expect(refused.body).not.toContain('127.0.0.1');
});

it('plain HTTP is answered with a redirect to HTTPS', async () => {
  const { server, agent } = await expose((_incoming, response) => response.end());
  const { host, hostname } = new URL(agent.url);
  const plain = `http://127.0.0.1:${server.ready.http.port}/a?b=1`;
  const answer = await fetchPlain(plain, hostname);
  expect(answer).toEqual({ status: 308, location: `https://${host}/a?b=1` });
  expect(await fetchPlain(plain, 'evil.example')).toMatchObject({ status: 404 });
});

async function fetchPlain(url: string, host: string): Promise<{ status: number; location?: string | undefined }> {
  const { request: requestPlain } = await import('node:http');
  const [answer] = (await once(requestPlain(url, { headers: { host } }).end(), 'response')) as [IncomingMessage];
  answer.resume();
  return { status: answer.statusCode ?? 0, location: answer.headers.location };
}
