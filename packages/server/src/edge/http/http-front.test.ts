import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Decision, type PolicyRequest, proceed, type TlsDemands } from '@adit/policy-kit';
import { makeX509 } from '@adit/policy-kit/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { type FakeAnswers, FakeChain } from '../../domain/fake-chain.testkit.ts';
import type { Route } from '../../domain/route.ts';
import {
  exchangeBytes,
  fakeLink,
  fakeRoute,
  readAll,
  renewed,
  request,
  startFront,
  type TestFront,
  until,
  visitorFacts,
} from './http-front.testkit.ts';

const host = 'app.example.test';
const denied = { outcome: 'deny', reason: 'restrict-ips/not-in-allow-list', code: 3205 } as const;

function publish(front: TestFront, parts: FakeAnswers = {}) {
  const link = fakeLink((incoming, answer) => answer.end(`${incoming.headers.host} ${incoming.url}`));
  const chain = new FakeChain(parts);
  const route = front.publish(fakeRoute(host, { link, chain }));
  return { link, chain, route };
}

test('each request goes to the endpoint of its own authority, also on one connection', async () => {
  const front = await startFront({
    visitor: {
      facts: { clientIp: '203.0.113.9', clientPort: 1, serverIp: '192.0.2.1', serverPort: 443, serverName: host },
    },
  });
  for (const name of ['one.example.test', 'two.example.test']) {
    front.publish(fakeRoute(name, { link: fakeLink((_, answer) => answer.end(name)) }));
  }
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  expect((await request(front.port, { agent, host: 'one.example.test' })).body).toBe('one.example.test');
  expect((await request(front.port, { agent, host: 'TWO.example.test.:8443' })).body).toBe('two.example.test');
  expect((await request(front.port, { agent, host })).status).toBe(404);
  agent.destroy();
});

test('the upstream learns who asked, for what host, over what', async () => {
  const front = await startFront();
  const link = fakeLink((incoming, answer) => answer.end(JSON.stringify(incoming.headers)));
  front.publish(fakeRoute(host, { link }));
  const headers = { 'X-Forwarded-For': '1.1.1.1', X_Forwarded_For: '1.1.1.1', Connection: 'close, x-forwarded-for' };
  const { body } = await request(front.port, { host: `${host}:8443`, headers });
  expect(JSON.parse(body)).toEqual({
    host: `${host}:8443`,
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': `${host}:8443`,
    'adit-request-id': expect.stringMatching(/^req_[0-9A-Za-z]{27}$/),
  });
  expect(link.opened[0]).toEqual({
    bindId: `bind-${host}`,
    protocol: 'https',
    proxyProtocol: 0,
    visitor: expect.objectContaining({ clientIp: '203.0.113.9' }),
  });
});

test('the connection is decided on once, each request by itself', async () => {
  const front = await startFront();
  const { chain } = publish(front);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < 3; i++) expect((await request(front.port, { agent })).status).toBe(200);
  expect(chain).toMatchObject({ connects: 1, requests: 3 });
  await request(front.port);
  expect(chain).toMatchObject({ connects: 2, requests: 4 });
  publish(front);
  agent.destroy();
});

test('another generation of the endpoint decides on the connection again', async () => {
  const front = await startFront();
  const { route } = publish(front);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  expect((await request(front.port, { agent })).status).toBe(200);
  const chain = new FakeChain({ connect: () => denied });
  front.publish(renewed(route, { chain }));
  expect((await request(front.port, { agent })).status).toBe(403);
  expect(chain).toMatchObject({ connects: 1, requests: 0 });
  agent.destroy();
});

test.each<[string, FakeAnswers]>([
  ['the connection, at once', { connect: () => denied }],
  ['the connection, later', { connect: async () => denied }],
  ['the request, at once', { request: () => denied }],
  ['the request, later', { request: async () => denied }],
])('a policy that refuses %s: 403, counted by reason, and nothing reaches the upstream', async (_, parts) => {
  const front = await startFront();
  const { link } = publish(front, parts);
  const answer = await request(front.port);
  expect(answer).toMatchObject({ status: 403, headers: { 'adit-error-code': 'ERR_ADIT_3205' } });
  expect(front.counted).toMatchObject({ statuses: [403], reasons: [denied.reason], active: 0 });
  await expect
    .poll(() => front.logged.at(-1))
    .toMatchObject({ message: 'request', status: 403, reason: denied.reason });
  expect(link.opened).toHaveLength(0);
  expect(front.grants.admitted).toBe(0);
});

test.each<[string, FakeAnswers]>([
  [
    'throws',
    {
      request: () => {
        throw new Error('broken');
      },
    },
  ],
  ['rejects', { connect: () => Promise.reject(new Error('broken')) }],
])('a chain that %s lets nobody in', async (_, parts) => {
  const front = await startFront();
  const { link } = publish(front, parts);
  const answer = await request(front.port);
  expect(answer).toMatchObject({ status: 500, headers: { 'adit-error-code': 'ERR_ADIT_9000' } });
  expect(answer.body).not.toContain('broken');
  expect(link.opened).toHaveLength(0);
  expect(front.logged[0]).toMatchObject({ message: 'request failed', err: expect.anything() });
});

test('[invariant: decide-on-what-is-forwarded] policies see exactly what is forwarded', async () => {
  const front = await startFront();
  const seen: PolicyRequest[] = [];
  const forwarded: http.IncomingMessage[] = [];
  const link = fakeLink((incoming, answer) => (forwarded.push(incoming), answer.end()));
  const chain = new FakeChain({ request: (asked) => (seen.push(asked), proceed) });
  front.publish(fakeRoute(host, { link, chain }));
  await request(front.port, { path: '/a/../b?c', headers: { 'X-Real-IP': '1.1.1.1', 'X-A': 'b' } });
  expect(seen).toMatchObject([{ method: 'GET', target: '/a/../b?c', host }]);
  expect(Object.fromEntries(seen[0]?.headers.toMap() ?? [])).toMatchObject({
    'x-a': ['b'],
    'x-forwarded-for': ['203.0.113.9'],
  });
  expect(seen[0]?.headers.has('x-real-ip')).toBe(false);
  const asSeen = seen.map(({ method, target, headers }) => [method, target, headers.lines]);
  expect(forwarded.map(({ method, url, rawHeaders }) => [method, url, rawHeaders])).toEqual(asSeen);
});

test('a route that is replaced while its policies decide is decided on again', async () => {
  const front = await startFront();
  const slow = Promise.withResolvers<Decision>();
  const old = publish(front, { connect: () => slow.promise });
  const answer = request(front.port);
  await until(() => old.chain.connects === 1);
  const current = publish(front, { connect: () => denied });
  slow.resolve(proceed);
  expect((await answer).status).toBe(403);
  expect(old.link.opened).toHaveLength(0);
  expect(current.chain.connects).toBe(1);
});

test('a route that is withdrawn while its policies decide is offline', async () => {
  const front = await startFront();
  const { link } = publish(front, {
    async request() {
      front.routes.clear();
      return proceed;
    },
  });
  expect((await request(front.port)).headers['adit-error-code']).toBe('ERR_ADIT_3200');
  expect(link.opened).toHaveLength(0);
});

test('every forwarded request holds a grant until it is over, and cutting it ends both sides', async () => {
  const front = await startFront();
  const link = fakeLink((_, answer) => answer.write('some'));
  const route = front.publish(fakeRoute(host, { link }));
  const sent = http.request({ host: '127.0.0.1', port: front.port, headers: { host } }).end();
  const [answer] = (await once(sent, 'response')) as [http.IncomingMessage];
  sent.on('error', () => {});
  expect(front.grants.size).toBe(1);
  const broken = once(answer, 'close');
  expect(front.grants.cutByEndpoint(route.endpoint.accountId, route.endpoint.id)).toBe(1);
  answer.resume();
  await expect(broken).rejects.toMatchObject({ code: 'ECONNRESET' });
  await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
  expect(front.grants.size).toBe(0);
});

test('a service on its own listener gets every request, whatever the authority', async () => {
  const route = fakeRoute('api.example.test', {
    link: fakeLink((incoming, answer) => answer.end(incoming.headers.host)),
  });
  const front = await startFront({ visitor: { fixedRoute: route } });
  for (const name of ['localhost:4040', '127.0.0.1:4040', '[::1]:4040', 'anything.test']) {
    expect((await request(front.port, { host: name })).body).toBe(name);
  }
  expect((await request(front.port, { host: 'a,b' })).status).toBe(400);
});

test.each([
  ['app.example.test', 'https://app.example.test:8443'],
  ['unknown.example.test:80', 'https://unknown.example.test:8443'],
])('plain http to %s: 308 to https with the target kept', async (name, origin) => {
  const front = await startFront({ visitor: { scheme: 'http' } });
  publish(front);
  const answer = await request(front.port, { method: 'POST', host: name, path: '//evil.test/a?b=%0d%0a', body: 'x' });
  expect(answer.status).toBe(308);
  expect(answer.headers.location).toBe(`${origin}//evil.test/a?b=%0d%0a`);
});

test('plain http to a foreign host is 404, never a redirect', async () => {
  const front = await startFront({ visitor: { scheme: 'http' } });
  const answer = await request(front.port, { host: 'evil.test' });
  expect(answer.status).toBe(404);
  expect(answer.headers.location).toBeUndefined();
});

test('plain http to an http endpoint is served', async () => {
  const front = await startFront({ visitor: { scheme: 'http' } });
  const link = fakeLink((incoming, answer) => answer.end(incoming.headers['x-forwarded-proto']));
  front.publish(fakeRoute(host, { link, scheme: 'http' }));
  expect((await request(front.port)).body).toBe('http');
});

const demands: TlsDemands = {
  ...{ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', certificate: null },
  clients: { authorities: 'CA', revocationLists: null, strategy: 'require-and-verify' },
};

test('a host that asks something else of TLS is 421, and the connection goes on for the others', async () => {
  const facts = { ...visitorFacts, serverName: 'other.example.test' };
  const front = await startFront({ visitor: { facts, demands } });
  publish(front);
  const agent = new http.Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const answer = await request(front.port, { agent });
  expect([answer.status, answer.headers['adit-error-code']]).toEqual([421, 'ERR_ADIT_9003']);
  expect(answer.headers['connection']).not.toBe('close');
});

test('who reuses a connection after his endpoint asks something else is 421 and has to come anew', async () => {
  const facts = { ...visitorFacts, serverName: host };
  const front = await startFront({ visitor: { facts, demands } });
  const link = fakeLink((_, response) => void response.end());
  const asking = (tls: TlsDemands): Route => fakeRoute(host, { link, chain: new FakeChain({ tls }) });
  front.publish(asking({ ...demands }));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  expect((await request(front.port, { agent })).status).toBe(200);
  front.publish(asking({ ...demands, clients: { ...demands.clients!, authorities: 'another CA' } }));
  const answer = await request(front.port, { agent });
  expect([answer.status, answer.headers['connection']]).toEqual([421, 'close']);
  expect(link.opened).toHaveLength(1);
});

test.each([true, false])(
  'the upstream is told whose certificate was shown, if TLS found it good: %s',
  async (isClientVerified) => {
    const clientCertificate = new X509Certificate(makeX509({ subject: 'Ann' }).cert).raw;
    const agreed = { version: 'TLSv1.3', cipherSuite: '', alpn: '', checkedAgainst: demands.clients };
    const tls = { ...agreed, clientCertificate, isClientVerified };
    const front = await startFront({ visitor: { facts: { ...visitorFacts, tls }, demands } });
    const link = fakeLink((incoming, answer) => void answer.end(JSON.stringify(incoming.headers)));
    front.publish(fakeRoute(host, { link, chain: new FakeChain({ tls: demands }) }));
    const forged = { 'ngrok-mtls-subject-cn': 'root', Ngrok_Mtls_Subject_Cn: 'root', 'ADIT-mtls-fingerprint': 'x' };
    const { body } = await request(front.port, { headers: { ...forged, 'ngrok-skip-browser-warning': '1' } });
    const received = JSON.parse(body) as Record<string, string>;
    expect(received['ngrok-mtls-subject-cn']).toBe(isClientVerified ? 'Ann' : undefined);
    expect(received['adit-mtls-subject-cn']).toBe(isClientVerified ? 'Ann' : undefined);
    expect(received['adit-mtls-fingerprint']?.length).toBe(isClientVerified ? 64 : undefined);
    expect(received['ngrok-skip-browser-warning']).toBe('1');
    expect(body).not.toContain('root');
  },
);

test("a service's own listener serves whatever its connection was made for", async () => {
  const link = fakeLink((_, response) => void response.end('own'));
  const front = await startFront({ visitor: { fixedRoute: fakeRoute(host, { link }), demands } });
  expect((await request(front.port)).body).toBe('own');
});

test('the log has what helps to find a request, and no query', async () => {
  const front = await startFront();
  const { route } = publish(front);
  await request(front.port, { path: '/hook/1?token=secret', headers: { authorization: 'Bearer secret' } });
  await expect.poll(() => front.logged.length).toBe(1);
  expect(front.logged[0]).toEqual({
    message: 'request',
    requestId: expect.stringMatching(/^req_/),
    clientIp: '203.0.113.9',
    method: 'GET',
    host,
    path: '/hook/1',
    status: 200,
    isWhole: true,
    durationMs: 0,
    endpointId: route.endpoint.id,
  });
  expect(JSON.stringify(front.logged)).not.toContain('secret');
});

test('request ids differ on one connection and between connections', async () => {
  const front = await startFront();
  const ids = new Set<unknown>();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < 3; i++) ids.add((await request(front.port, { agent })).headers['adit-request-id']);
  for (let i = 0; i < 3; i++) ids.add((await request(front.port)).headers['adit-request-id']);
  expect(ids.size).toBe(6);
  agent.destroy();
});

test('a connection that never sends a whole head is closed, an idle one later', async () => {
  const front = await startFront({ limits: { headTimeoutMs: 100, idleTimeoutMs: 1000 } });
  publish(front);
  const slow = net.connect(front.port, '127.0.0.1');
  slow.write('GET / HTTP/1.1\r\nHost: a');
  const idle = net.connect(front.port, '127.0.0.1');
  idle.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await once(idle, 'data');
  await expect.poll(() => front.front.connectionCount).toBe(2);
  front.clock.advance(100);
  await once(slow.resume(), 'close');
  await expect.poll(() => front.front.connectionCount).toBe(1);
  front.clock.advance(999);
  await until(() => true);
  expect(front.front.connectionCount).toBe(1);
  front.clock.advance(1);
  await once(idle.resume(), 'close');
  await expect.poll(() => front.clock.pendingTimers).toBe(0);
});

test.each(['http/1.1', 'h2'] as const)(
  'a stream for %s that was closed before it is handed over is forgotten',
  async (alpn) => {
    const { front } = await startFront();
    const [stream] = duplexPair();
    stream.destroy();
    await once(stream, 'close');
    front.accept(stream, { facts: visitorFacts, scheme: 'https', alpn, demands: null });
    await front.drain();
    expect(front.connectionCount).toBe(0);
  },
);

test.each(['http/1.1', 'h2'] as const)('an idle %s visitor who does not leave when asked is cut', async (alpn) => {
  const limits = { headTimeoutMs: 100, drainTimeoutMs: 50 };
  const front = await startFront({ visitor: { alpn }, limits });
  const socket = net.connect({ port: front.port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'.slice(0, alpn === 'h2' ? undefined : 3));
  await until(() => front.front.connectionCount === 1);
  front.clock.advance(100);
  await once(socket.resume(), 'end');
  front.clock.advance(50);
  await expect.poll(() => front.front.connectionCount).toBe(0);
});

test('an answer under way is not idle, however long it takes', async () => {
  const front = await startFront({ limits: { headTimeoutMs: 100, idleTimeoutMs: 100 } });
  let finish = (): void => {};
  front.publish(
    fakeRoute(host, {
      link: fakeLink((_, answer) => {
        finish = () => answer.end('done');
      }),
    }),
  );
  const answer = request(front.port);
  await until(() => front.grants.size === 1);
  front.clock.advance(5000);
  finish();
  expect((await answer).body).toBe('done');
});

test('an HTTP/2 connection with a stream under way is not asked to leave', async () => {
  const front = await startFront({ visitor: { alpn: 'h2' }, limits: { headTimeoutMs: 100, idleTimeoutMs: 1000 } });
  let finish = (): void => {};
  const link = fakeLink((incoming, answer) => {
    if (incoming.url === '/slow') finish = () => answer.end('slow');
    else answer.end('quick');
  });
  front.publish(fakeRoute(host, { link }));
  const session = http2.connect(`http://127.0.0.1:${front.port}`);
  const slow = session.request({ ':authority': host, ':path': '/slow' });
  await until(() => front.grants.size === 1);
  front.clock.advance(5000);
  expect(await readAll(session.request({ ':authority': host }) as AsyncIterable<Buffer>)).toBe('quick');
  finish();
  expect(await readAll(slow as AsyncIterable<Buffer>)).toBe('slow');
  front.clock.advance(1000);
  await once(session, 'close');
});

test('drain() over HTTP/1.1: idle connections end, answers under way finish and say close', async () => {
  const front = await startFront();
  let finish = (): void => {};
  front.publish(
    fakeRoute(host, {
      link: fakeLink((incoming, answer) => {
        if (incoming.url === '/slow') finish = () => answer.end('done');
        else answer.end('quick');
      }),
    }),
  );
  const idle = net.connect(front.port, '127.0.0.1');
  idle.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await once(idle, 'data');
  const slow = exchangeBytes(front.port, `GET /slow HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await until(() => front.grants.size === 1);
  const drained = front.front.drain();
  await once(idle.resume(), 'close');
  finish();
  expect(await slow).toMatch(/connection: close\r\n[^]*done$/i);
  await drained;
  expect(front.clock.pendingTimers).toBe(0);
});

test('lastCall() answers one more request on each HTTP/1.1 connection, new ones too, and closes it behind that', async () => {
  const front = await startFront();
  publish(front);
  const ask = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const used = net.connect(front.port, '127.0.0.1');
  used.write(ask);
  await once(used, 'data');
  const fresh = net.connect(front.port, '127.0.0.1');
  await until(() => front.front.connectionCount === 2);
  front.front.lastCall();
  const late = net.connect(front.port, '127.0.0.1');
  await until(() => front.front.connectionCount === 3);
  for (const socket of [used, fresh, late]) {
    socket.write(ask);
    expect((await text(socket)).toLowerCase()).toMatch(/^http\/1.1 200 [^]*connection: close\r\n[^]*$/);
  }
  await until(() => front.front.connectionCount === 0);
});

test('lastCall() over HTTP/2 takes nothing new at once', async () => {
  const front = await startFront({ visitor: { alpn: 'h2' } });
  publish(front);
  const session = http2.connect(`http://127.0.0.1:${front.port}`);
  onTestFinished(() => session.destroy());
  await once(session, 'connect');
  await until(() => front.front.connectionCount === 1);
  const told = once(session, 'goaway');
  front.front.lastCall();
  await told;
});

test('requests for a name that is on its way here wait for it, and go where it is then', async () => {
  const front = await startFront();
  const arrival = front.await(host);
  const [waiting, gone] = [request(front.port), request(front.port, { host: 'gone.example.test' })];
  expect((await gone).status).toBe(404);
  publish(front);
  front.awaited.clear();
  arrival.resolve();
  expect((await waiting).status).toBe(200);
});

test('a request whose name is not what came goes on waiting', async () => {
  const front = await startFront();
  const first = front.await(host);
  const waiting = request(front.port);
  await until(() => first.waiting === 1);
  const second = front.await(host);
  first.resolve();
  await until(() => second.waiting === 1);
  publish(front);
  front.awaited.clear();
  second.resolve();
  expect((await waiting).status).toBe(200);
});

test.each(['http/1.1', 'h2'] as const)('a visitor over %s who hangs up waits no more', async (alpn) => {
  const front = await startFront({ visitor: { alpn } });
  const arrival = front.await(host);
  const hangUp = alpn === 'h2' ? askByHttp2(front.port) : askByHttp1(front.port);
  await until(() => arrival.waiting === 1);
  hangUp();
  await until(() => arrival.waiting === 0);
});

/** Each answers what hangs up. */
function askByHttp1(port: number): () => void {
  const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
  socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  // An end alone may be half of a conversation.
  return () => void socket.resetAndDestroy();
}

function askByHttp2(port: number): () => void {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  onTestFinished(() => session.destroy());
  const stream = session.request({ ':authority': host }).on('error', () => undefined);
  return () => stream.close(http2.constants.NGHTTP2_CANCEL);
}

test('drain() cuts what outlasts it', async () => {
  const front = await startFront({ limits: { drainTimeoutMs: 1000 } });
  front.publish(fakeRoute(host, { link: fakeLink(() => {}) }));
  const answer = request(front.port);
  await until(() => front.grants.size === 1);
  const drained = front.front.drain();
  front.clock.advance(1000);
  await expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' });
  await drained;
  expect(front.grants.size).toBe(0);
});

test('drain() over HTTP/2 sends GOAWAY and lets streams under way finish', async () => {
  const front = await startFront({ visitor: { alpn: 'h2' } });
  let finish = (): void => {};
  const link = fakeLink((_, answer) => {
    finish = () => answer.end('done');
  });
  front.publish(fakeRoute(host, { link }));
  const session = http2.connect(`http://127.0.0.1:${front.port}`);
  const stream = session.request({ ':authority': host });
  await until(() => front.grants.size === 1);
  const goneAway = once(session, 'goaway');
  const drained = front.front.drain();
  await goneAway;
  finish();
  expect(await readAll(stream as AsyncIterable<Buffer>)).toBe('done');
  await drained;
});

test('drain() with no connection resolves at once', async () => {
  const front = await startFront();
  await front.front.drain();
});
