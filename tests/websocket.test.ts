// WebSocket (RFC 6455) through the whole tunnel, over HTTP/1.1 and HTTP/2 (RFC 8441): a conformance set of our own. Sane
// conversations are held by the library `ws`; everything else is frames by hand. What was said is relayed, never repaired.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { startAgent } from './support/agent.ts';
import { closed } from './support/closed.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { openWebSocket } from './support/visitor.ts';
import {
  type Arrival,
  acceptance,
  closeFrame,
  type FrameParts,
  frame,
  opcode,
  type RawUpstream,
  startRawUpstream,
  Wire,
} from './support/websocket.ts';

const versions = ['HTTP/1.1', 'HTTP/2'] as const;
type Version = (typeof versions)[number];

interface Tunnel {
  readonly server: TestServer;
  readonly url: URL;
  readonly upstream: RawUpstream;
}

async function openTunnel(): Promise<Tunnel> {
  const server = await startServer();
  const upstream = await startRawUpstream();
  const agent = await startAgent(server, upstream.port, firstRunOf(server));
  return { server, upstream, url: new URL(agent.url) };
}

async function connectVisitor({ server, url }: Tunnel, protocol: 'http/1.1' | 'h2'): Promise<TLSSocket> {
  const socket = connectTls({
    host: '127.0.0.1',
    port: Number(url.port),
    servername: url.hostname,
    ca: server.ca,
    ALPNProtocols: [protocol],
    allowHalfOpen: true,
  } as ConnectionOptions);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  expect(socket.alpnProtocol).toBe(protocol);
  return socket;
}

const askLines = (url: URL): string =>
  `GET /ws HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n`;

async function openSession(tunnel: Tunnel): Promise<ClientHttp2Session> {
  const socket = await connectVisitor(tunnel, 'h2');
  const session = connectHttp2(`https://${tunnel.url.host}`, { createConnection: () => socket });
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  await once(session, 'remoteSettings');
  expect(session.remoteSettings.enableConnectProtocol).toBe(true);
  return session;
}

function askOver(session: ClientHttp2Session): ClientHttp2Stream {
  return session.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':path': '/ws',
    'sec-websocket-version': '13',
  });
}

async function statusOf(stream: ClientHttp2Stream): Promise<number | undefined> {
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & IncomingHttpStatusHeader];
  return headers[':status'];
}

interface Upgraded {
  readonly visitor: Wire;
  readonly upstream: Wire;
  readonly arrival: Arrival;
}

/** Both ends of an upgraded connection. `early` goes behind the request and the 101 without waiting. */
async function upgrade(
  tunnel: Tunnel,
  version: Version,
  early: { up?: Buffer; down?: Buffer } = {},
): Promise<Upgraded> {
  const up = early.up ?? Buffer.alloc(0);
  if (version === 'HTTP/1.1') {
    const socket = await connectVisitor(tunnel, 'http/1.1');
    const visitor = new Wire(socket);
    socket.write(Buffer.concat([Buffer.from(askLines(tunnel.url)), up]));
    const arrival = await accept(tunnel, early.down);
    expect(await visitor.takeHead()).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    return { visitor, upstream: arrival.wire, arrival };
  }
  const stream = askOver(await openSession(tunnel));
  const visitor = new Wire(stream);
  if (up.length > 0) stream.write(up);
  const [arrival, status] = await Promise.all([accept(tunnel, early.down), statusOf(stream)]);
  expect(status).toBe(200);
  return { visitor, upstream: arrival.wire, arrival };
}

async function accept({ upstream }: Tunnel, first: Buffer = Buffer.alloc(0)): Promise<Arrival> {
  const arrival = await upstream.arrival();
  expect(arrival.head).toMatch(/^GET \/ws HTTP\/1\.1\r\n/);
  expect(arrival.head.toLowerCase()).toContain('\r\nupgrade: websocket\r\n');
  arrival.socket.write(Buffer.concat([Buffer.from(acceptance(arrival.head)), first]));
  return arrival;
}

/** Sends bytes from one end and expects exactly these at the other. */
async function relayed(from: Wire, to: Wire, bytes: Buffer): Promise<boolean> {
  from.stream.write(bytes);
  const received = await to.take(bytes.length);
  return received.equals(bytes) && to.waiting === 0;
}

const mebibyte = 1024 * 1024;
const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, mebibyte];
const textOf = (bytes: number): string => 'é'.repeat(bytes >> 1) + 'x'.repeat(bytes & 1);
const fragment = (kind: number, payload: string, isFinal: boolean): FrameParts => ({ opcode: kind, payload, isFinal });

type Conversation = readonly [title: string, frames: readonly FrameParts[]];

/** RFC 6455 §5.4, §5.5, §5.6, §7: conversations that keep to the rules. */
const lawful: readonly Conversation[] = [
  ...lengths.map((bytes): Conversation => [`text of ${bytes} bytes`, [{ opcode: 1, payload: textOf(bytes) }]]),
  ...lengths.map((bytes): Conversation => [`binary of ${bytes} bytes`, [{ opcode: 2, payload: randomBytes(bytes) }]]),
  ['two fragments', [fragment(1, 'Hel', false), fragment(0, 'lo', true)]],
  ['empty fragments', [fragment(2, '', false), fragment(0, '', false), fragment(0, '', true)]],
  [
    'a fragment for each byte',
    [fragment(1, 'a', false), ...Array.from({ length: 200 }, () => fragment(0, 'b', false)), fragment(0, 'c', true)],
  ],
  [
    'control frames between fragments',
    [
      fragment(1, 'Hel', false),
      { opcode: 9, payload: 'now?' },
      fragment(0, 'l', false),
      { opcode: 10 },
      fragment(0, 'o', true),
    ],
  ],
  ['pings and pongs', [{ opcode: 9 }, { opcode: 9, payload: 'x'.repeat(125) }, { opcode: 10, payload: 'unasked' }]],
  [
    'several messages in one write',
    [
      { opcode: 1, payload: 'a' },
      { opcode: 2, payload: 'b' },
      { opcode: 1, payload: 'c' },
    ],
  ],
];

/** What a peer must refuse (RFC 6455 §5, §7.4, §8.1) is the peer's to refuse. */
const unlawful: readonly Conversation[] = [
  ['reserved opcodes', [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((kind) => ({ opcode: kind, payload: 'x' }))],
  ['reserved bits', [1, 2, 4, 7].map((reserved) => ({ opcode: 1, payload: 'x', reserved }))],
  [
    'oversized control frames',
    [
      { opcode: 9, payload: 'x'.repeat(126) },
      { opcode: 10, payload: 'x'.repeat(70_000) },
    ],
  ],
  ['fragmented control frames', [fragment(9, 'x', false), fragment(8, '', false)]],
  ['a continuation of nothing', [fragment(0, 'x', true)]],
  ['a message inside a message', [fragment(1, 'x', false), fragment(1, 'y', true)]],
  [
    'lengths longer than they need be',
    [
      { opcode: 1, payload: 'x', lengthBits: 16 },
      { opcode: 1, payload: 'x', lengthBits: 64 },
    ],
  ],
  ['text that is no UTF-8', [{ opcode: 1, payload: Buffer.from([0xc3, 0x28, 0xff]) }]],
  ['close frames without and with half a code', [{ opcode: 8 }, { opcode: 8, payload: 'x' }]],
  ['data behind a close frame', [{ opcode: 8 }, { opcode: 1, payload: 'x' }]],
];

it.each(versions)(
  'RFC 6455 §5: frames of every kind and length pass both ways, byte for byte, over %s',
  async (version) => {
    const tunnel = await openTunnel();
    const { visitor, upstream } = await upgrade(tunnel, version);
    for (const [title, frames] of [...lawful, ...unlawful]) {
      // Visitors mask and upstreams do not (§5.1); whoever does otherwise is relayed as well.
      for (const isMasked of [true, false]) {
        const bytes = Buffer.concat(frames.map((parts) => frame({ ...parts, isMasked })));
        const [up, down] = await Promise.all([relayed(visitor, upstream, bytes), relayed(upstream, visitor, bytes)]);
        expect({ up, down }, `${title}, ${isMasked ? 'masked' : 'unmasked'}`).toEqual({ up: true, down: true });
      }
    }
    await passSplitFrame(visitor, upstream);
    await passLargeFrames(visitor, upstream);
    await passEarlyFrames(tunnel, version);
  },
);

/** The head of a frame byte by byte. */
async function passSplitFrame(visitor: Wire, upstream: Wire): Promise<void> {
  const split = frame({ opcode: 2, payload: randomBytes(70_000), isMasked: true });
  for (let i = 0; i < 14; i++) expect(await relayed(visitor, upstream, split.subarray(i, i + 1))).toBe(true);
  expect(await relayed(visitor, upstream, split.subarray(14))).toBe(true);
}

/** Both ways at once. */
async function passLargeFrames(visitor: Wire, upstream: Wire): Promise<void> {
  const payload = randomBytes(16 * mebibyte);
  const up = relayed(visitor, upstream, frame({ opcode: 2, payload, isMasked: true }));
  const down = relayed(upstream, visitor, frame({ opcode: 2, payload }));
  expect(await Promise.all([up, down])).toEqual([true, true]);
}

/** Behind the request and behind the 101, without waiting. */
async function passEarlyFrames(tunnel: Tunnel, version: Version): Promise<void> {
  const up = frame({ opcode: opcode.text, payload: 'early', isMasked: true });
  const down = frame({ opcode: opcode.text, payload: 'first' });
  const { visitor, upstream } = await upgrade(tunnel, version, { up, down });
  expect(await upstream.take(up.length)).toEqual(up);
  expect(await visitor.take(down.length)).toEqual(down);
  expect(await relayed(visitor, upstream, up)).toBe(true);
}

const closeCodes = [
  1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1015, 2999, 3000, 4000, 4999, 0, 65_535,
];

it.each(versions)('RFC 6455 §7: each way in which a connection can end is passed on, over %s', async (version) => {
  const tunnel = await openTunnel();
  await closeByHandshake(await upgrade(tunnel, version), 'visitor');
  await closeByHandshake(await upgrade(tunnel, version), 'upstream');
  await endByVisitor(await upgrade(tunnel, version), version);
  const lostVisitor = await upgrade(tunnel, version);
  lostVisitor.visitor.stream.destroy();
  await lostVisitor.upstream.over();
  const lostUpstream = await upgrade(tunnel, version);
  lostUpstream.arrival.socket.resetAndDestroy();
  await lostUpstream.visitor.over();
});

/** Close frames with every code and reason, and an answer; then the server ends the connection (§7.1.1). */
async function closeByHandshake(ends: Upgraded, first: 'visitor' | 'upstream'): Promise<void> {
  const { visitor, upstream, arrival } = ends;
  const [asking, answering] = first === 'visitor' ? [visitor, upstream] : [upstream, visitor];
  for (const code of closeCodes)
    expect(await relayed(asking, answering, closeFrame(code, 'r'.repeat(123), first === 'visitor'))).toBe(true);
  expect(await relayed(answering, asking, closeFrame(1000, '', first === 'upstream'))).toBe(true);
  const last = frame({ opcode: opcode.pong, payload: 'last words' });
  upstream.stream.end(last);
  expect(await visitor.take(last.length)).toEqual(last);
  await visitor.over();
  visitor.stream.end();
  await upstream.over();
  await closed(arrival.socket);
}

/** A visitor who ends his side before the server does. Over TLS that ends both sides, over HTTP/2 only his. */
async function endByVisitor({ visitor, upstream, arrival }: Upgraded, version: Version): Promise<void> {
  const last = closeFrame(1000, 'bye', true);
  visitor.stream.end(last);
  expect(await upstream.take(last.length)).toEqual(last);
  await upstream.over();
  if (version === 'HTTP/2')
    expect(await relayed(upstream, visitor, frame({ opcode: 1, payload: 'x'.repeat(300_000) }))).toBe(true);
  upstream.stream.end();
  await visitor.over();
  await closed(arrival.socket);
}

const refusal = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno';
const served = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

it('an upgrade that the upstream refuses is an ordinary answer, and the connection goes on', async () => {
  const tunnel = await openTunnel();
  await refuseOverHttp1(tunnel);
  await refuseOverHttp2(tunnel);
});

async function refuseOverHttp1(tunnel: Tunnel): Promise<void> {
  const visitor = new Wire(await connectVisitor(tunnel, 'http/1.1'));
  visitor.stream.write(askLines(tunnel.url));
  const { wire, socket } = await tunnel.upstream.arrival();
  socket.write(refusal);
  expect(await visitor.takeHead()).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
  expect((await visitor.take(2)).toString()).toBe('no');
  visitor.stream.write(`GET /again HTTP/1.1\r\nHost: ${tunnel.url.host}\r\n\r\n`);
  expect(await wire.takeHead()).toMatch(/^GET \/again HTTP\/1\.1\r\n/);
  socket.write(served);
  expect(await visitor.takeHead()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
}

async function refuseOverHttp2(tunnel: Tunnel): Promise<void> {
  const session = await openSession(tunnel);
  const stream = askOver(session);
  const refused = new Wire(stream);
  const response = statusOf(stream);
  const { wire, socket } = await tunnel.upstream.arrival();
  socket.write(refusal);
  expect(await response).toBe(403);
  expect((await refused.take(2)).toString()).toBe('no');
  await refused.over();
  const again = statusOf(session.request({ ':path': '/again' }));
  expect(await wire.takeHead()).toMatch(/^GET \/again HTTP\/1\.1\r\n/);
  socket.write(served);
  expect(await again).toBe(200);
}

it('two programs talk by the library ws: messages, pings, compression, close codes of both', async () => {
  const server = await startServer();
  const upstream = await startUpstream(() => {});
  const sockets = new WebSocketServer({ server: upstream.server, perMessageDeflate: { threshold: 0 } });
  sockets.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on('close', (code, reason) => closed.push([code, reason.toString()]));
  });
  const closed: [number, string][] = [];
  const agent = await startAgent(server, upstream.port, firstRunOf(server));
  const socket = openWebSocket(server, agent.url);
  await once(socket, 'open');
  expect(socket.extensions).toContain('permessage-deflate');
  for (const data of ['', 'é', 'x'.repeat(3_000_000), randomBytes(0), randomBytes(126), randomBytes(mebibyte)]) {
    socket.send(data);
    const [echo, isBinary] = (await once(socket, 'message')) as [RawData, boolean];
    expect(isBinary).toBe(typeof data !== 'string');
    expect(Buffer.from(data).equals(echo as Buffer)).toBe(true);
  }
  socket.send('one, ', { fin: false });
  socket.ping('between');
  socket.send('two', { fin: true });
  const [[pong], [whole]] = await Promise.all([once(socket, 'pong'), once(socket, 'message')]);
  expect([String(pong), String(whole)]).toEqual(['between', 'one, two']);
  socket.close(4001, 'the visitor has had enough');
  expect((await once(socket, 'close'))[0]).toBe(4001);
  await expect.poll(() => closed).toEqual([[4001, 'the visitor has had enough']]);

  const other = openWebSocket(server, agent.url);
  await once(other, 'open');
  for (const client of sockets.clients) client.close(1011, 'the upstream has had enough');
  const [code, reason] = (await once(other, 'close')) as [number, Buffer];
  expect([code, reason.toString()]).toEqual([1011, 'the upstream has had enough']);
  expect(other.readyState).toBe(WebSocket.CLOSED);
});
