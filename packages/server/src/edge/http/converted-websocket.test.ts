// A WebSocket that ends at the edge, before a service that gets the bytes in it. What a policy has to say first is a fake's word.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { AditError } from '@adit/contracts';
import { type Decision, type PolicyRequest, proceed } from '@adit/policy-kit';
import { encodeProxyProtocol } from '@adit/wire';
import { expect, onTestFinished, test } from 'vitest';
import { createWebSocketStream, WebSocket } from 'ws';
import type { Endpoint } from '../../domain/endpoint.ts';
import { FakeChain } from '../../domain/fake-chain.testkit.ts';
import type { InternalRoute, Route } from '../../domain/route.ts';
import {
  exchangeBytes,
  type FakeLink,
  fakeLink,
  fakeRoute,
  renewed,
  request,
  stable,
  startFront,
  type TestFront,
  until,
  visitorFacts,
} from './http-front.testkit.ts';
import { defaultHttpLimits } from './http-limits.ts';
import type { Visitor } from './visitor-connection.ts';
import { binary, closing } from './websocket/client-frame.testkit.ts';

const host = 'app.example.test';

const unwrap = (asked: PolicyRequest): Decision => {
  asked.unwrapWebSocket();
  return proceed;
};

interface Started extends TestFront {
  readonly link: FakeLink;
  readonly route: Route;
  /** The service's end of its connection, once there is one. */
  service(): Promise<Duplex>;
  open(protocols?: string[]): WebSocket;
}

interface Setup {
  readonly visitor?: Partial<Visitor>;
  readonly endpoint?: Partial<Endpoint>;
  readonly failing?: () => AditError;
  readonly serve?: (stream: Duplex) => void;
}

async function start({ visitor = {}, endpoint = {}, failing, serve = () => {} }: Setup = {}): Promise<Started> {
  const front = await startFront({ visitor });
  const far = Promise.withResolvers<Duplex>();
  const raw = (stream: Duplex): void => {
    far.resolve(stream);
    serve(stream);
  };
  const link = fakeLink({ raw }, failing);
  const route = front.publish(fakeRoute(host, { link, endpoint, chain: new FakeChain({ request: unwrap }) }));
  const open = (protocols: string[] = []): WebSocket => {
    const socket = new WebSocket(`ws://127.0.0.1:${front.port}/ws?token=hush`, protocols, { headers: { host } });
    socket.on('error', () => {});
    onTestFinished(() => socket.terminate());
    return socket;
  };
  return { ...front, link, route, service: () => far.promise, open };
}

const echo = (stream: Duplex): void => void stream.pipe(stream);

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function closeOf(socket: WebSocket): Promise<[code: number, reason: string]> {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return [code, reason.toString()];
}

async function nothingIsLeft({ grants, counted, clock, front }: Started): Promise<void> {
  await until(() => grants.size === 0 && counted.active === 0);
  // An HTTP/2 connection goes on, and so does the watch over it.
  if (front.connectionCount === 0) expect(clock.pendingTimers).toBe(0);
}

test('a service behind a WebSocket gets the bytes of it, and no head', async () => {
  const started = await start({ endpoint: { proxyProtocol: 1 } });
  const socket = started.open();
  await once(socket, 'open');
  expect([socket.protocol, socket.extensions]).toEqual(['', '']);
  socket.send(Buffer.from('question'));
  const service = await started.service();
  const header = encodeProxyProtocol(1, visitorFacts).toString();
  let got = '';
  service.on('data', (chunk: Buffer) => {
    got += chunk.toString();
  });
  await expect.poll(() => got).toBe(`${header}question`);
  service.write('answer');
  expect(String((await once(socket, 'message'))[0])).toBe('answer');
  expect([started.grants.size, started.counted.active]).toEqual([1, 1]);
  expect(started.link.opened).toEqual([
    { bindId: `bind-${host}`, visitor: visitorFacts, protocol: 'https', proxyProtocol: 1 },
  ]);
  service.end();
  expect(await closeOf(socket)).toEqual([1000, '']);
  await nothingIsLeft(started);
  expect(started.logged).toContainEqual(expect.objectContaining({ message: 'request', path: '/ws', status: 101 }));
  expect(JSON.stringify(started.logged)).not.toContain('hush');
});

test('a service that speaks first is heard, and binary is chosen of what is offered', async () => {
  const started = await start({ serve: (stream) => void stream.write('SSH-2.0-here\r\n') });
  const socket = started.open(['base64', 'binary']);
  expect(String((await once(socket, 'message'))[0])).toBe('SSH-2.0-here\r\n');
  expect(socket.protocol).toBe('binary');
});

test('20 MB come back whole, over HTTP/1.1', async () => {
  const started = await start({ serve: echo });
  const stream = createWebSocketStream(started.open());
  const sent = randomBytes(20_000_000);
  stream.end(sent);
  expect((await buffer(stream)).equals(sent)).toBe(true);
  await nothingIsLeft(started);
});

test('5 MB come back whole, over HTTP/2', async () => {
  const started = await start({ serve: echo, visitor: { alpn: 'h2' } });
  const stream = await openOverH2(started);
  const [head] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  expect(head).toMatchObject({ ':status': 200, 'sec-websocket-protocol': 'mqtt' });
  expect(head).not.toHaveProperty('sec-websocket-accept');
  const sent = randomBytes(5_000_000);
  for (let at = 0; at < sent.length; at += 50_000) stream.write(binary(sent.subarray(at, at + 50_000)));
  stream.end(closing(1000));
  const heard = contentOf(await buffer(stream));
  expect(heard.content.equals(sent)).toBe(true);
  expect(heard.closed).toBe(1000);
  await nothingIsLeft(started);
});

async function openOverH2({ port }: Started): Promise<http2.ClientHttp2Stream> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  await once(session, 'remoteSettings');
  const lines = { 'sec-websocket-version': '13', 'sec-websocket-protocol': 'mqtt' };
  const stream = session.request({
    ...{ ':method': 'CONNECT', ':protocol': 'websocket', ':authority': host, ':path': '/ws' },
    ...lines,
  });
  stream.on('error', () => {});
  return stream;
}

/** What is in a server's frames. */
function contentOf(bytes: Buffer): { content: Buffer; closed: number | null } {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const short = bytes.readUInt8(at + 1);
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6);
    const from = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
    if (bytes[at] === 0x88) return { content: Buffer.concat(parts), closed: bytes.readUInt16BE(from) };
    parts.push(bytes.subarray(from, from + length));
    at = from + length;
  }
  return { content: Buffer.concat(parts), closed: null };
}

const asking = (...lines: string[]): string =>
  ['GET /ws HTTP/1.1', `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket', ...lines, '', ''].join('\r\n');
const key = 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==';

test('frames behind the request are not lost, nor is who then leaves at once', async () => {
  const started = await start();
  const early = Buffer.concat([binary('early'), closing(1000)]).toString('latin1');
  const text = exchangeBytes(started.port, asking(key, 'Sec-WebSocket-Version: 13') + early);
  const service = await started.service();
  service.end('too late to matter');
  expect((await buffer(service)).toString()).toBe('early');
  expect(await text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\nUpgrade: websocket\r\n/);
  await nothingIsLeft(started);
});

test.each([
  ['another version', asking(key, 'Sec-WebSocket-Version: 12')],
  ['no key', asking('Sec-WebSocket-Version: 13')],
])('a handshake with %s is refused, and nothing is opened', async (_, text) => {
  const started = await start();
  const answer = await exchangeBytes(started.port, text.replace('Upgrade\r\n', 'Upgrade, close\r\n'));
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(answer).toContain('adit-error-code: ERR_ADIT_3206\r\n');
  expect(answer).toContain('sec-websocket-version: 13\r\n');
  expect([started.link.opened, started.grants.admitted]).toEqual([[], 0]);
});

test('a link that takes no more streams is an ordinary answer', async () => {
  const started = await start({ failing: () => new AditError(3210) });
  const [, answer] = (await once(started.open(), 'unexpected-response')) as [unknown, { statusCode: number }];
  expect(answer.statusCode).toBe(new AditError(3210).status);
  expect([started.grants.admitted, started.counted.active]).toEqual([0, 0]);
});

test('a service that cannot be reached is told of by a close frame, and in the log', async () => {
  const started = await start();
  const socket = started.open();
  await once(socket, 'open');
  started.link.streams[0]?.destroy(new AditError(8012, 'Cannot reach 192.0.2.1'));
  const [code, reason] = await closeOf(socket);
  expect([code, reason]).toEqual([1014, `ERR_ADIT_8012: ${new AditError(8012).row.title}`]);
  await nothingIsLeft(started);
  expect(started.logged).toContainEqual(expect.objectContaining({ status: 101, reason: 'ERR_ADIT_8012' }));
});

test('a visitor who closes lets the service finish, and is answered then', async () => {
  const started = await start();
  const socket = started.open();
  await once(socket, 'open');
  const messages: string[] = [];
  socket.on('message', (data: Buffer) => void messages.push(data.toString()));
  socket.send('question', { binary: true });
  socket.close(4001, 'enough');
  const service = await started.service();
  expect((await buffer(service)).toString()).toBe('question');
  service.write('an answer ');
  await until(() => messages.length === 1);
  expect(started.grants.size).toBe(1);
  service.end('that takes its time');
  expect(await closeOf(socket)).toEqual([4001, '']);
  expect(messages.join('')).toBe('an answer that takes its time');
  await nothingIsLeft(started);
});

test.each<[who: string, act: (socket: WebSocket, started: Started) => void, reason?: string]>([
  ['a visitor who breaks off', (socket) => socket.terminate()],
  ['a visitor who sends text', (socket) => socket.send('text')],
  [
    '[invariant: revoked-means-now] a grant that is cut',
    (_, { grants, route: { endpoint } }) => void grants.cutByEndpoint(endpoint.accountId, endpoint.id),
  ],
  ['a service that is lost', (_, { link }) => void link.streams[0]?.destroy(), 'ERR_ADIT_9005'],
  ['a drain', (_, { front }) => void front.drain()],
])('%s ends both sides', async (_, act, reason) => {
  const started = await start();
  const socket = started.open();
  await once(socket, 'open');
  const service = await started.service();
  service.resume();
  act(socket, started);
  await Promise.all([once(socket, 'close'), once(service, 'close')]);
  // Not as if the visitor had said all that he had to say.
  expect(started.link.streams).toMatchObject([{ destroyed: true, writableEnded: false }]);
  await nothingIsLeft(started);
  await until(() => started.counted.statuses.length > 0);
  const [line] = started.logged.filter(({ message }) => message === 'request');
  expect(line?.['reason']).toBe(reason);
});

test.each(['http/1.1', 'h2'] as const)(
  'over %s, what is decided after a drain has begun is ended as well',
  async (alpn) => {
    const started = await start({ visitor: { alpn } });
    const decided = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const chain = new FakeChain({
      request: async (request) => {
        asked.resolve();
        await decided.promise;
        return unwrap(request);
      },
    });
    started.publish(renewed(started.route, { chain }));
    if (alpn === 'h2') await openOverH2(started);
    else started.open();
    await asked.promise;
    const drained = started.front.drain();
    decided.resolve();
    await drained;
    await until(() => started.link.streams[0]?.destroyed === true);
    await nothingIsLeft(started);
  },
);

/** A visitor who has closed his WebSocket and hung up. */
async function closeAndLeave({ port, service, clock, front, link }: Started, last = ''): Promise<Duplex> {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(asking(key, 'Sec-WebSocket-Version: 13'));
  await once(socket, 'data');
  socket.write(Buffer.concat([binary(last), closing(1000)]));
  socket.destroySoon();
  await once(socket, 'close');
  await until(() => link.streams[0]?.writableEnded === true);
  // One who is gone is noticed when something is written to him.
  for (let pings = 0; front.connectionCount > 0; pings++) {
    expect(pings).toBeLessThan(10);
    clock.advance(defaultHttpLimits.webSocketPingMs);
    await turns(20);
  }
  return service();
}

test('a service that does not end is broken off some time after its visitor has left in good order', async () => {
  const started = await start();
  const service = await closeAndLeave(started, 'all of it');
  let got = '';
  service.on('data', (chunk: Buffer) => {
    got += chunk.toString();
  });
  await once(service, 'end');
  expect(got).toBe('all of it');
  expect(started.grants.size).toBe(1);
  started.clock.advance(defaultHttpLimits.webSocketCloseMs - 1);
  expect(service.destroyed).toBe(false);
  started.clock.advance(1);
  await once(service, 'close');
  await nothingIsLeft(started);
});

test('a grant that is cut ends what was left of it behind its visitor as well', async () => {
  const started = await start();
  const service = await closeAndLeave(started);
  const { accountId, id } = started.route.endpoint;
  expect(started.grants.cutByEndpoint(accountId, id)).toBe(1);
  await once(service, 'close');
  await nothingIsLeft(started);
});

const mebibyte = 1024 * 1024;

test('[invariant: backpressure-end-to-end] a visitor who does not read holds up the service', async () => {
  let produced = 0;
  const started = await start({
    serve(stream) {
      const push = (): void => {
        while (produced < 64) {
          produced++;
          if (!stream.write(Buffer.alloc(mebibyte))) return void stream.once('drain', push);
        }
      };
      push();
    },
  });
  const socket = net.connect(started.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(asking(key, 'Sec-WebSocket-Version: 13'));
  await started.service();
  await stable(() => produced);
  expect(produced).toBeLessThan(32);
});

test('[invariant: backpressure-end-to-end] a service that does not read holds up its visitor', async () => {
  const started = await start();
  const socket = started.open();
  await once(socket, 'open');
  let taken = 0;
  const piece = Buffer.alloc(mebibyte);
  const push = (): void => {
    if (taken < 64) socket.send(piece, () => void (taken++, push()));
  };
  push();
  await stable(() => taken);
  expect(taken).toBeLessThan(32);
});

test.each([
  ['as a WebSocket', new FakeChain({ isEmpty: true }), /^GET \/ws\?token=hush HTTP\/1\.1\r\n/],
  ['as bytes, if that one wants it so', new FakeChain({ request: unwrap }), /^bytes$/],
])('what policies send on to an internal endpoint goes there %s', async (_, chain, expected) => {
  const inner = Promise.withResolvers<Duplex>();
  const link = fakeLink({ raw: (stream) => inner.resolve(stream) });
  const target: InternalRoute = {
    url: 'https://inner.internal',
    route: fakeRoute('inner.internal', { link, chain, endpoint: { binding: 'internal' } }),
  };
  const started = await start();
  const forwarding = (asked: PolicyRequest): Decision => {
    asked.unwrapWebSocket();
    return { outcome: 'reroute', reason: 'forward-internal/forwarded', target };
  };
  started.publish(renewed(started.route, { chain: new FakeChain({ request: forwarding }) }));
  const socket = started.open();
  socket.on('open', () => socket.send('bytes', { binary: true }));
  const [first] = (await once(await inner.promise, 'data')) as [Buffer];
  expect(first.toString()).toMatch(expected);
  expect([started.grants.size, started.link.opened]).toEqual([2, []]);
});

test('a request that asks for no WebSocket cannot be unwrapped: nothing reaches the service', async () => {
  const started = await start();
  expect((await request(started.port)).status).toBe(500);
  expect(started.link.opened).toEqual([]);
});
