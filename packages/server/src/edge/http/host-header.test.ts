import { once } from 'node:events';
import type http from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import http2 from 'node:http2';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { fakeLink, fakeRoute, request, startFront, type Upstream } from './http-front.testkit.ts';
import { http2Upstream } from './upstream/http2-upstream.testkit.ts';
import type { Visitor } from './visitor-connection.ts';

const host = 'app.example.test';
const hostHeader = 'localhost:3000';

async function startWith(upstream: Upstream, upstreamProtocol: 'http1' | 'http2', visitor: Partial<Visitor> = {}) {
  const front = await startFront({ visitor, deps: { trustedProxies: { has: () => visitor.facts !== undefined } } });
  front.publish(fakeRoute(host, { link: fakeLink(upstream), upstreamProtocol, endpoint: { hostHeader } }));
  return front;
}

/** Answers with what it was told, and sends the visitor on to itself. */
const redirecting: http.RequestListener = (incoming, answer) => {
  const { host: told, 'x-forwarded-host': wanted } = incoming.headers;
  answer.writeHead(302, { Location: `http://${told}/next`, 'X-Self': `http://${told}/` });
  answer.end(
    JSON.stringify({ told, wanted, count: incoming.rawHeaders.filter((name) => /^host$/i.test(name)).length }),
  );
};

test('the service gets its own Host, the visitor his own address', async () => {
  const front = await startWith(redirecting, 'http1');
  const answer = await request(front.port, { host: 'App.example.test:8443' });
  expect(JSON.parse(answer.body)).toEqual({ told: hostHeader, wanted: 'App.example.test:8443', count: 1 });
  expect(answer.headers).toMatchObject({
    location: 'https://App.example.test:8443/next',
    'x-self': 'http://localhost:3000/',
  });
});

test('behind a trusted proxy the visitor is where the proxy says', async () => {
  const facts = { clientIp: '10.0.0.1', clientPort: 1, serverIp: '192.0.2.1', serverPort: 80, serverName: null };
  const front = await startWith(redirecting, 'http1', { facts, scheme: 'http' });
  const headers = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'www.test' };
  const answer = await request(front.port, { host, headers });
  expect(answer.headers.location).toBe('https://www.test/next');
});

test('an HTTP/2 service gets it as authority, an HTTP/2 visitor keeps his', async () => {
  const seen: string[] = [];
  const { serve } = http2Upstream((stream: ServerHttp2Stream, lines) => {
    for (let i = 0; i < lines.length; i += 2) {
      if (/^(:authority|host|x-forwarded-host)$/.test(lines[i] ?? '')) seen.push(`${lines[i]} ${lines[i + 1]}`);
    }
    stream.respond({ ':status': 302, location: `http://${hostHeader}/next` });
    stream.end();
  });
  const front = await startWith({ raw: serve }, 'http2', { alpn: 'h2' });
  const session = http2.connect(`https://${host}`, { createConnection: () => net.connect(front.port, '127.0.0.1') });
  onTestFinished(() => session.destroy());
  const [headers] = (await once(session.request({ ':authority': host }), 'response')) as [http2.IncomingHttpHeaders];
  expect(seen).toEqual([`:authority ${hostHeader}`, `x-forwarded-host ${host}`]);
  expect(headers.location).toBe(`https://${host}/next`);
});

test('without one both are as the visitor wrote them', async () => {
  const front = await startFront();
  front.publish(fakeRoute(host, { link: fakeLink(redirecting) }));
  const answer = await request(front.port, { host });
  expect(answer.headers.location).toBe(`http://${host}/next`);
  expect(JSON.parse(answer.body)).toMatchObject({ told: host, wanted: host });
});
