import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { AditError } from '@adit/contracts';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type FakeClock, fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { CertificateSource } from '../../domain/certificates.ts';
import { createDevelopmentCa } from '../../tls/development-ca.ts';
import { corpus } from './client-hello.testkit.ts';
import type { Listener, RefusedConnection } from './listener.ts';
import { proxyHeaders } from './proxy-header.testkit.ts';
import { openTlsListener, type TlsListenerOptions } from './tls-listener.ts';
import { agentClassifier, httpClassifier, sharedClassifier } from './tls-service.ts';

const host = '127.0.0.1';
let dir: string;
let certificates: CertificateSource;
const opened: { listener: Listener; sockets: Set<Socket> }[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-listener-'));
  // Clients check validity by the machine's clock.
  const clock = fakeClock(Date.now());
  certificates = await createDevelopmentCa({
    dir,
    domain: 'localhost',
    clock,
    isKnownHost: () => true,
    isOnlineHost: () => true,
  });
});
afterAll(() => rm(dir, { recursive: true }));
afterEach(async () => {
  for (const { listener, sockets } of opened.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await listener.close();
  }
});

interface HandedOver {
  readonly what: string;
  readonly serverName: string | null;
  readonly clientIp: string;
  readonly clientPort: number;
  readonly serverIp: string;
  readonly serverPort: number;
  readonly clientHello?: { readonly ja4: string };
  readonly socket: TLSSocket;
}

/** A listener on which agents connect to `connect.localhost`, and what it handed over and refused. */
async function listener(options: Partial<TlsListenerOptions> = {}) {
  const clock = fakeClock();
  const handedOver: HandedOver[] = [];
  const refused: RefusedConnection[] = [];
  const sockets = new Set<Socket>();
  const take = (what: string, socket: TLSSocket, facts: Omit<HandedOver, 'what' | 'socket'>): void => {
    handedOver.push({ what, socket, ...facts });
    sockets.add(socket.on('error', () => undefined));
  };
  const classify = sharedClassifier({
    connectHost: 'connect.localhost',
    agents: agentClassifier((socket, { facts, profile }) => take(profile, socket, facts)),
    visitors: httpClassifier((socket, { facts, alpn }) => take(alpn, socket, facts)),
  });
  const onRefused = (connection: RefusedConnection): void => void refused.push(connection);
  const running = await openTlsListener({ host, port: 0, certificates, clock, classify, onRefused, ...options });
  opened.push({ listener: running, sockets });
  const tls = (more: ConnectionOptions = {}): TLSSocket => {
    const ca = certificates.caPem ?? '';
    const socket = connectTls({ host, port: running.port, servername: 'a.localhost', ca, ...more });
    sockets.add(socket.on('error', () => undefined));
    return socket;
  };
  const tcp = (): Socket => {
    const socket = connectTcp({ host, port: running.port, noDelay: true });
    sockets.add(socket.on('error', () => undefined));
    return socket;
  };
  return { ...running, clock, handedOver, refused, tls, tcp };
}

/** The certificates of all tests, but for what a test replaces. */
const sourceWith = (replaced: Partial<CertificateSource>): CertificateSource => ({
  contextFor: (name) => certificates.contextFor(name),
  certificateFor: (name) => certificates.certificateFor(name),
  caFile: null,
  caPem: null,
  close: () => undefined,
  ...replaced,
});

/** Waits for something that a socket brings about. */
const until = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 2, timeout: 15_000 });
const closed = (socket: Socket): Promise<void> => until(() => expect(socket.closed).toBe(true));

test.each<[string, ConnectionOptions, string, string | false]>([
  ['a browser', { ALPNProtocols: ['h2', 'http/1.1'] }, 'h2', 'h2'],
  ['an HTTP/1.1 client', { ALPNProtocols: ['http/1.1'] }, 'http/1.1', 'http/1.1'],
  ['a client without ALPN', {}, 'http/1.1', false],
  ['a TLS 1.2 client', { maxVersion: 'TLSv1.2', ALPNProtocols: ['h2'] }, 'h2', 'h2'],
  ['our agent', { ALPNProtocols: ['adit/1'] }, 'adit/1', 'adit/1'],
  ['an ngrok SDK', { servername: 'connect.localhost' }, 'ngrok', false],
  ['an SDK with a protocol nobody has', { servername: 'connect.localhost', ALPNProtocols: ['x'] }, 'ngrok', false],
])('openTlsListener() hands over %s', async (_title, options, what, alpnProtocol) => {
  const { tls, handedOver, refused } = await listener();
  const client = tls(options);
  await until(() => expect(handedOver).toHaveLength(1));
  await until(() => expect(client.authorized).toBe(true));
  const { clientIp, clientPort, serverName } = handedOver[0]!;
  expect({ what: handedOver[0]!.what, clientIp, clientPort, serverName }).toEqual({
    what,
    clientIp: host,
    clientPort: client.localPort,
    serverName: options.servername ?? 'a.localhost',
  });
  expect(handedOver[0]!.clientHello?.ja4).toMatch(/^t1[23]d\d{4}[a-z\d]{2}_[a-f\d]{12}_[a-f\d]{12}$/);
  expect(client.alpnProtocol).toBe(alpnProtocol);
  expect(refused).toEqual([]);
});

test('a connection that was handed over carries bytes both ways, also those sent right behind the handshake', async () => {
  const { tls, handedOver, clock } = await listener();
  const client = tls();
  client.write('early');
  await until(() => expect(handedOver).toHaveLength(1));
  const { socket } = handedOver[0]!;
  const received: string[] = [];
  socket.on('data', (data: Buffer) => received.push(data.toString()));
  client.on('data', (data: Buffer) => received.push(data.toString()));
  await until(() => expect(received).toEqual(['early']));
  socket.write('answer');
  await until(() => expect(received).toEqual(['early', 'answer']));
  expect(clock.pendingTimers).toBe(0);
});

test('a client that names nobody gets the default certificate', async () => {
  const { port, handedOver } = await listener();
  const client = connectTls({ host, port, ca: certificates.caPem ?? '' });
  await until(() => expect(client.authorized).toBe(true));
  await until(() => expect(handedOver[0]?.serverName).toBeNull());
  expect(client.getPeerCertificate().subjectaltname).toContain('DNS:localhost');
  client.destroy();
});

test('the default certificate follows its source', async () => {
  const clock = fakeClock(Date.now());
  const other = await createDevelopmentCa({
    dir: join(dir, 'other'),
    domain: 'localhost',
    clock,
    isKnownHost: () => true,
    isOnlineHost: () => true,
  });
  const pems = [await certificates.certificateFor(null), await other.certificateFor(null)];
  let current = pems[0]!;
  const { port } = await listener({ certificates: sourceWith({ certificateFor: async () => current }) });
  const served = async (): Promise<string | undefined> => {
    const client = connectTls({ host, port, rejectUnauthorized: false });
    await new Promise((resolve) => void client.once('secureConnect', resolve));
    const certificate = client.getPeerX509Certificate()?.toString();
    client.destroy();
    return certificate;
  };
  expect(await served()).toBe(pems[0]!.cert);
  current = pems[1]!;
  expect(await served()).toBe(pems[1]!.cert);
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)('a resumed %s session keeps the name of its hello', async (version) => {
  const { tls, handedOver } = await listener();
  const options = { minVersion: version, maxVersion: version, ALPNProtocols: ['http/1.1'] };
  const first = tls(options);
  const session = new Promise<Buffer>((resolve) => void first.once('session', resolve));
  await until(() => expect(handedOver).toHaveLength(1));
  handedOver[0]?.socket.write('answer');
  const second = tls({ ...options, session: await session });
  await until(() => expect(handedOver).toHaveLength(2));
  await until(() => expect(second.isSessionReused()).toBe(true));
  expect(handedOver[1]?.serverName).toBe('a.localhost');
});

test('a client that wants a second handshake on its connection is refused', async () => {
  const { tls, handedOver } = await listener();
  const socket = tls({ maxVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] });
  // A client that has not seen the end of the first handshake cannot begin the second.
  await once(socket, 'secureConnect');
  await until(() => expect(handedOver).toHaveLength(1));
  handedOver[0]?.socket.resume();
  const error = once(socket, 'error');
  socket.renegotiate({}, () => undefined);
  expect(await error).toMatchObject([{ code: 'ERR_SSL_NO_RENEGOTIATION' }]);
});

test('a hello that comes byte by byte is read', async () => {
  const { tcp, tls, handedOver } = await listener();
  const raw = tcp();
  const socket = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      for (const byte of chunk) raw.write(Uint8Array.of(byte));
      done();
    },
  });
  raw.on('data', (data) => socket.push(data));
  tls({ socket });
  await until(() => expect(handedOver[0]?.serverName).toBe('a.localhost'));
});

test.each<[string, ConnectionOptions, string]>([
  ['offers other protocols only', { ALPNProtocols: ['spdy/3'] }, 'ERR_SSL_NO_APPLICATION_PROTOCOL'],
  [
    'speaks TLS 1.1',
    { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' },
    'ERR_SSL_UNSUPPORTED_PROTOCOL',
  ],
])('a client that %s is refused, and others are served', async (_title, options, errorCode) => {
  const { tls, handedOver, refused, clock } = await listener();
  await closed(tls(options));
  await until(() => expect(refused).toHaveLength(1));
  expect(refused[0]).toEqual({ reason: 'handshake-failed', clientIp: host, serverName: 'a.localhost', errorCode });
  tls();
  await until(() => expect(handedOver).toHaveLength(1));
  expect(clock.pendingTimers).toBe(0);
});

test('a client that distrusts the certificate says so in an alert, which is told', async () => {
  const { tcp, refused } = await listener();
  const client = tcp();
  client.write(corpus.get('openssl-3.0-tls12-no-alpn')!);
  await new Promise((resolve) => void client.once('data', resolve));
  client.write(Buffer.from('15030300020230', 'hex'));
  await closed(client);
  expect(refused).toMatchObject([{ reason: 'handshake-failed', errorCode: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA' }]);
});

test('plain HTTP is told that this port speaks HTTPS', async () => {
  const { tcp, refused } = await listener();
  const client = tcp();
  let answer = '';
  client.on('data', (data: Buffer) => (answer += data.toString()));
  client.write(`GET / HTTP/1.1\r\nHost: a.localhost\r\n\r\n${'x'.repeat(100_000)}`);
  await until(() => expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*https:\/\//));
  client.end();
  await closed(client);
  expect(refused.map(({ reason }) => reason)).toEqual(['http-on-tls']);
});

test.each([
  ['an SSL 2 hello', Buffer.from('802e0103010015000000100100800300800600403a00', 'hex')],
  ['a hello over 64 KiB', Buffer.from('16030100040100fffd', 'hex')],
])('%s is hung up on', async (_title, bytes) => {
  const { tcp, refused } = await listener();
  const client = tcp();
  client.write(bytes);
  await closed(client);
  expect(refused).toEqual([{ reason: 'hello-invalid', clientIp: host, serverName: null, errorCode: undefined }]);
});

async function pendingTimer(clock: FakeClock): Promise<void> {
  await until(() => expect(clock.pendingTimers).toBe(1));
}

test('half a hello is waited for three seconds', async () => {
  const { tcp, clock, refused } = await listener();
  const client = tcp();
  client.write(corpus.get('curl-7.88')!.subarray(0, 100));
  await pendingTimer(clock);
  clock.advance(2_999);
  expect(refused).toEqual([]);
  clock.advance(1);
  await closed(client);
  expect(refused.map(({ reason }) => reason)).toEqual(['hello-timeout']);
});

test('half a handshake is waited for ten seconds', async () => {
  const { tcp, clock, refused } = await listener();
  const client = tcp();
  client.write(corpus.get('curl-7.88')!);
  await new Promise((resolve) => void client.once('data', resolve));
  clock.advance(9_999);
  expect(refused).toEqual([]);
  clock.advance(1);
  await closed(client);
  await until(() => expect(refused).toMatchObject([{ reason: 'handshake-timeout', serverName: 'curl.localhost' }]));
});

test.each([
  ['before its hello', Buffer.alloc(0)],
  ['in its hello', corpus.get('curl-7.88')!.subarray(0, 100)],
])('a client that hangs up %s is forgotten', async (_title, bytes) => {
  const { tcp, clock, refused } = await listener();
  const client = tcp();
  client.write(bytes);
  await pendingTimer(clock);
  client.end();
  await until(() => expect(refused.map(({ reason }) => reason)).toEqual(['client-gone']));
  expect(clock.pendingTimers).toBe(0);
});

test('a client that hangs up in its handshake is forgotten', async () => {
  const { tcp, clock, refused } = await listener();
  const client = tcp();
  client.write(corpus.get('curl-7.88')!);
  await new Promise((resolve) => void client.once('data', resolve));
  client.resetAndDestroy();
  await until(() => expect(refused).toHaveLength(1));
  expect(refused[0]?.serverName).toBe('curl.localhost');
  expect(clock.pendingTimers).toBe(0);
});

test('connections over the limit are closed until a place is free', async () => {
  const { tcp, tls, clock, refused, handedOver } = await listener({ limits: { maxHandshakes: 1 } });
  const slow = tcp();
  await pendingTimer(clock);
  await closed(tls());
  expect(refused.map(({ reason }) => reason)).toEqual(['too-many-handshakes']);
  slow.destroy();
  await until(() => expect(refused).toHaveLength(2));
  tls();
  await until(() => expect(handedOver).toHaveLength(1));
  // Handed over, it no longer counts.
  tls();
  await until(() => expect(handedOver).toHaveLength(2));
});

test('a name without certificate is refused, and others are served', async () => {
  const failing = sourceWith({
    contextFor: async (name) => {
      if (name === 'broken.localhost') throw new AditError(9210);
      return certificates.contextFor(name);
    },
  });
  const { tls, handedOver, refused } = await listener({ certificates: failing });
  await closed(tls({ servername: 'broken.localhost' }));
  expect(refused).toMatchObject([
    { reason: 'no-certificate', serverName: 'broken.localhost', errorCode: 'ERR_ADIT_9210' },
  ]);
  tls();
  await until(() => expect(handedOver).toHaveLength(1));
});

test('close() frees the port at once and lets a handshake under way finish', async () => {
  const release = Promise.withResolvers<void>();
  const contextFor = vi.fn(async (name: string | null) => release.promise.then(() => certificates.contextFor(name)));
  const { tls, port, close, handedOver } = await listener({ certificates: sourceWith({ contextFor }) });
  tls();
  await until(() => expect(contextFor).toHaveBeenCalled());
  const closing = close();
  const classify = httpClassifier(() => undefined);
  const next = await openTlsListener({ host, port, certificates, clock: fakeClock(), classify });
  await next.close();
  release.resolve();
  await closing;
  expect(handedOver).toHaveLength(1);
});

test('close() gives up handshakes after two seconds', async () => {
  const { tcp, clock, close, refused } = await listener();
  const client = tcp();
  await pendingTimer(clock);
  const closing = close();
  clock.advance(2_000);
  await closing;
  await closed(client);
  expect(refused.map(({ reason }) => reason)).toEqual(['client-gone']);
});

const sendsProxyHeader = (ip: string): boolean => ip === host;

/** A client behind a load balancer that writes `header` first; `pieceBytes`: in how large pieces all of it leaves. */
function behindBalancer(raw: Socket, header: Buffer, pieceBytes = 65_536): Duplex {
  let rest = header;
  const through = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      const bytes = Buffer.concat([rest, chunk]);
      rest = Buffer.alloc(0);
      for (let at = 0; at < bytes.length; at += pieceBytes) raw.write(bytes.subarray(at, at + pieceBytes));
      done();
    },
  });
  raw.on('data', (data) => through.push(data));
  return through;
}

test.each<[string, keyof typeof proxyHeaders, string, string, number]>([
  ['version 1', 'v1-tcp4', '203.0.113.9', '192.0.2.1', 65_536],
  ['version 1, byte by byte', 'v1-tcp4', '203.0.113.9', '192.0.2.1', 1],
  ['version 2', 'v2-tcp6', '2001:db8::7', '2001:db8::1', 65_536],
  ['version 2, byte by byte', 'v2-tcp6', '2001:db8::7', '2001:db8::1', 1],
])(
  'a PROXY header of %s says who the client is and where he went',
  async (_title, name, clientIp, serverIp, pieceBytes) => {
    const { tcp, tls, handedOver, clock } = await listener({ sendsProxyHeader });
    const client = tls({ socket: behindBalancer(tcp(), proxyHeaders[name], pieceBytes) });
    await until(() => expect(handedOver).toHaveLength(1));
    expect(handedOver[0]).toMatchObject({
      clientIp,
      clientPort: 51_234,
      serverIp,
      serverPort: 443,
      serverName: 'a.localhost',
    });
    handedOver[0]?.socket.write('answer');
    expect(String((await once(client, 'data'))[0])).toBe('answer');
    expect(clock.pendingTimers).toBe(0);
  },
);

test.each(['v2-local', 'v1-unknown'] as const)(
  "a connection with the header %s is the balancer's own",
  async (name) => {
    const { tcp, tls, handedOver } = await listener({ sendsProxyHeader });
    const raw = tcp();
    tls({ socket: behindBalancer(raw, proxyHeaders[name]) });
    await until(() => expect(handedOver).toMatchObject([{ clientIp: host, clientPort: raw.localPort }]));
  },
);

test('a listed peer without a PROXY header is hung up on', async () => {
  const { tls, refused, handedOver } = await listener({ sendsProxyHeader });
  await closed(tls());
  expect(refused).toEqual([{ reason: 'proxy-header-invalid', clientIp: host, serverName: null, errorCode: undefined }]);
  expect(handedOver).toEqual([]);
});

test('a PROXY header of another peer is no ClientHello', async () => {
  const { tcp, tls, refused } = await listener({ sendsProxyHeader: () => false });
  tls({ socket: behindBalancer(tcp(), proxyHeaders['v2-tcp4']) });
  await until(() => expect(refused.map(({ reason }) => reason)).toEqual(['hello-invalid']));
});

test('a second PROXY header is no ClientHello', async () => {
  const { tcp, tls, refused } = await listener({ sendsProxyHeader });
  const header = proxyHeaders['v2-tcp4'];
  tls({ socket: behindBalancer(tcp(), Buffer.concat([header, header])) });
  await until(() => expect(refused).toMatchObject([{ reason: 'hello-invalid', clientIp: '203.0.113.9' }]));
});

test('a PROXY header over the bound is refused by the length it announces', async () => {
  const { tcp, refused } = await listener({ sendsProxyHeader, limits: { maxProxyHeaderBytes: 200 } });
  const client = tcp();
  client.write(Buffer.from('0d0a0d0a000d0a515549540a211100b9', 'hex'));
  await closed(client);
  expect(refused.map(({ reason }) => reason)).toEqual(['proxy-header-invalid']);
});

test('half a PROXY header is waited for three seconds', async () => {
  const { tcp, clock, refused } = await listener({ sendsProxyHeader });
  const client = tcp();
  client.write(proxyHeaders['v1-tcp4'].subarray(0, 20));
  await pendingTimer(clock);
  clock.advance(2_999);
  expect(refused).toEqual([]);
  clock.advance(1);
  await closed(client);
  expect(refused.map(({ reason }) => reason)).toEqual(['proxy-header-timeout']);
});

test('a hello behind a PROXY header is waited for three seconds of its own', async () => {
  const isExempt = vi.fn(() => true);
  const { tcp, clock, refused } = await listener({ sendsProxyHeader, isExempt, limits: { maxHandshakesPerClient: 0 } });
  const client = tcp();
  await pendingTimer(clock);
  clock.advance(2_000);
  client.write(proxyHeaders['v1-tcp4']);
  await until(() => expect(isExempt).toHaveBeenCalledWith('203.0.113.9'));
  await pendingTimer(clock);
  clock.advance(2_999);
  expect(refused).toEqual([]);
  clock.advance(1);
  await closed(client);
  expect(refused).toMatchObject([{ reason: 'hello-timeout', clientIp: '203.0.113.9' }]);
});

test('a balancer that looks whether the port is open is forgotten', async () => {
  const { tcp, clock, refused } = await listener({ sendsProxyHeader });
  const client = tcp();
  await pendingTimer(clock);
  client.end();
  await until(() => expect(refused.map(({ reason }) => reason)).toEqual(['client-gone']));
  expect(clock.pendingTimers).toBe(0);
});

test('behind a balancer the clients have their shares of handshakes, not the balancer', async () => {
  const { tcp, refused, clock } = await listener({ sendsProxyHeader, limits: { maxHandshakesPerClient: 1 } });
  const connectFrom = (lastByte: number): Socket => {
    const socket = tcp();
    socket.write(`PROXY TCP4 203.0.113.${lastByte} 192.0.2.1 1 443\r\n`);
    return socket;
  };
  connectFrom(9);
  await until(() => expect(clock.pendingTimers).toBe(1));
  connectFrom(10);
  await until(() => expect(clock.pendingTimers).toBe(2));
  await closed(connectFrom(9));
  expect(refused).toMatchObject([{ reason: 'too-many-handshakes', clientIp: '203.0.113.9' }]);
});

test('connections whose PROXY header is not there yet are bounded', async () => {
  const { tcp, refused, clock } = await listener({ sendsProxyHeader, limits: { maxPendingProxyHeaders: 1 } });
  const slow = tcp();
  await pendingTimer(clock);
  await closed(tcp());
  expect(refused.map(({ reason }) => reason)).toEqual(['too-many-handshakes']);
  slow.write(proxyHeaders['v1-tcp4'].subarray(0, -1));
  await closed(tcp());
  slow.write('\n');
  // Its place is free again: the next one is waited for.
  await until(() => expect(clock.pendingTimers).toBe(1));
  tcp();
  await until(() => expect(clock.pendingTimers).toBe(2));
});

test('a client has so many connections and no more, until one of them closes', async () => {
  const limits = { maxConnectionsPerClient: 2 };
  const { tcp, tls, handedOver, refused } = await listener({ sendsProxyHeader, limits });
  const connect = (): TLSSocket => tls({ socket: behindBalancer(tcp(), proxyHeaders['v1-tcp4']) });
  connect();
  connect();
  await until(() => expect(handedOver).toHaveLength(2));
  connect();
  await until(() => expect(refused).toHaveLength(1));
  expect(refused[0]).toMatchObject({ reason: 'too-many-connections', clientIp: '203.0.113.9' });
  tls({ socket: behindBalancer(tcp(), proxyHeaders['v1-tcp6']) });
  await until(() => expect(handedOver).toHaveLength(3));
  // The server's side hangs up, as the HTTP front does; the client still holds its own.
  handedOver[0]?.socket.destroy();
  connect();
  await until(() => expect(handedOver).toHaveLength(4));
  expect(refused).toHaveLength(1);
});

test('close() gives up a PROXY header that does not come', async () => {
  const { tcp, clock, close, refused } = await listener({ sendsProxyHeader });
  const client = tcp();
  await pendingTimer(clock);
  const closing = close();
  clock.advance(2_000);
  await closing;
  await closed(client);
  expect(refused.map(({ reason }) => reason)).toEqual(['client-gone']);
});
