import http from 'node:http';
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import { type ConnectionEnds, readProxyProtocol } from '@adit/wire';
import { expect, onTestFinished, test } from 'vitest';
import type { ProxyProtocol } from '../../domain/endpoint.ts';
import { fakeLink, fakeRoute, request, startFront, type Upstream, until, visitorFacts } from './http-front.testkit.ts';
import type { Visitor } from './visitor-connection.ts';

const host = 'app.example.test';
const { clientIp, clientPort, serverIp, serverPort } = visitorFacts;
const visitorEnds: ConnectionEnds = { clientIp, clientPort, serverIp, serverPort };

/** A service that wants a PROXY header on each connection; `headers` are those it got. */
function proxied(serve: (stream: Duplex) => void): { raw(stream: Duplex): void; headers: (ConnectionEnds | null)[] } {
  const headers: (ConnectionEnds | null)[] = [];
  return {
    headers,
    raw(stream) {
      stream.once('readable', () => {
        const bytes: Buffer = stream.read();
        const progress = readProxyProtocol(bytes, 4_096);
        if (progress.status !== 'complete') return void stream.destroy();
        headers.push(progress.ends);
        serve(stream);
        if (progress.bytesUsed < bytes.length) stream.unshift(bytes.subarray(progress.bytesUsed));
      });
    },
  };
}

interface Endpoint {
  readonly proxyProtocol: ProxyProtocol;
  readonly upstreamProtocol?: 'http1' | 'http2';
  readonly visitor?: Partial<Visitor>;
}

async function startWith(upstream: Upstream, { proxyProtocol, upstreamProtocol = 'http1', visitor = {} }: Endpoint) {
  const front = await startFront({ visitor });
  const link = fakeLink(upstream);
  front.publish(fakeRoute(host, { link, upstreamProtocol, endpoint: { proxyProtocol } }));
  const keeper = new http.Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => keeper.destroy());
  const ask = (agent: http.Agent | false = keeper) => request(front.port, { host, agent });
  return { ...front, link, ask };
}

const answering: http.RequestListener = (incoming, answer) => void answer.end(`http/${incoming.httpVersion}`);

test.each([1, 2] as const)(
  'an HTTP/1 upstream gets one header of version %s for each stream',
  async (proxyProtocol) => {
    const server = http.createServer(answering);
    const upstream = proxied((stream) => void server.emit('connection', stream));
    const { ask, link } = await startWith(upstream, { proxyProtocol });
    for (let i = 0; i < 3; i++) expect((await ask()).body).toBe('http/1.1');
    expect([link.opened.length, upstream.headers]).toEqual([1, [visitorEnds]]);
    // Another connection of a visitor has a stream of its own.
    expect((await ask(false)).body).toBe('http/1.1');
    expect([link.opened.length, upstream.headers]).toEqual([2, [visitorEnds, visitorEnds]]);
  },
);

test.each([1, 2] as const)(
  'an HTTP/2 upstream gets one header of version %s for all requests',
  async (proxyProtocol) => {
    const upstream = proxied((stream) => {
      http2.performServerHandshake(stream).on('stream', (answer) => {
        answer.respond({ ':status': 200 });
        answer.end('http/2');
      });
    });
    const { ask, link } = await startWith(upstream, { proxyProtocol, upstreamProtocol: 'http2' });
    for (let i = 0; i < 3; i++) expect((await ask()).body).toBe('http/2');
    expect([link.opened.length, upstream.headers]).toEqual([1, [visitorEnds]]);
  },
);

test('a request that is sent again goes behind a header of its own', async () => {
  let asked = 0;
  const server = http.createServer((incoming, answer) => {
    // The second one meets a stream that closes at the very moment when it is used again.
    if (++asked === 2) incoming.socket.destroy();
    else answering(incoming, answer);
  });
  const upstream = proxied((stream) => void server.emit('connection', stream));
  const { ask, link } = await startWith(upstream, { proxyProtocol: 2 });
  for (let i = 0; i < 2; i++) expect((await ask()).body).toBe('http/1.1');
  expect([asked, link.opened.length, upstream.headers]).toEqual([3, 2, [visitorEnds, visitorEnds]]);
});

test('without one an upstream sees the request from its first byte', async () => {
  const heard: string[] = [];
  const upstream = { raw: (stream: Duplex) => void stream.on('data', (data: Buffer) => heard.push(data.toString())) };
  const { ask } = await startWith(upstream, { proxyProtocol: 0 });
  ask(false).catch(() => undefined);
  await until(() => heard.length > 0);
  expect(heard[0]).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
});
