import { createPrivateKey } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net, { type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type ConnectionOptions, connect, createServer, TLSSocket, type TlsOptions } from 'node:tls';
import type { ConnectFacts } from '@adit/policy-kit';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { CertificatePem, CertificateSource } from '../../domain/certificates.ts';
import type { Arrival, Route, TlsEnding } from '../../domain/route.ts';
import { createDevelopmentCa } from '../../tls/development-ca.ts';
import { makeAuthority, makeLeaf } from '../../tls/issue.ts';
import { fakeLink, openChain } from '../http/open-front.testkit.ts';
import { joinStreams } from '../join-streams.ts';
import { sampleEndpoint } from '../sample-endpoint.testkit.ts';
import { alpnExtension, helloBody, message, records, serverNameExtension } from './client-hello.testkit.ts';
import type { Refusal } from './listener.ts';
import type { ListenerLimits } from './listener-limits.ts';
import { tlsEndpointClassifier } from './tls-endpoints.ts';
import { openTlsListener } from './tls-listener.ts';
import { httpClassifier } from './tls-service.ts';

const host = '127.0.0.1';
const until = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 2, timeout: 15_000 });

let dir: string;
/** The server's own certificates. */
let certificates: CertificateSource;
/** A user's own pair for `mine.localhost` and `other.localhost`, from a CA that the server knows nothing of. */
let pair: CertificatePem;
let theirCa: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-tls-endpoints-'));
  // Clients check validity by the machine's clock.
  const nowMs = Date.now();
  certificates = await createDevelopmentCa({
    ...{ dir, domain: 'localhost', clock: fakeClock(nowMs), isKnownHost: () => true, isOnlineHost: () => true },
  });
  const authority = await makeAuthority(['localhost'], nowMs);
  theirCa = authority.cert;
  const signer = { cert: authority.cert, key: createPrivateKey(authority.key), notAfterMs: nowMs + 86_400_000 };
  pair = await makeLeaf(signer, { names: ['mine.localhost', 'other.localhost'], nowMs });
});
afterAll(() => rm(dir, { recursive: true }));

const passthrough: TlsEnding = { kind: 'passthrough' };
const edge = (certificate: CertificatePem | null): TlsEnding => ({ kind: 'edge', certificate });

interface Accepted {
  readonly socket: Socket;
  readonly route: Route;
  readonly facts: ConnectFacts;
}

/** A listener with tls endpoints by name; everybody else is a visitor of HTTP. */
async function listening(
  endpoints: Record<string, TlsEnding>,
  onAccepted: (accepted: Accepted) => void = () => {},
  limits: Partial<ListenerLimits> = {},
) {
  const accepted: Accepted[] = [];
  const refused: Refusal[] = [];
  /** Names whose ClientHello has been read. */
  const asked: string[] = [];
  const visitors: TLSSocket[] = [];
  const routes = new Map(Object.entries(endpoints).map(([name, tls]) => [name, routeOf(name, tls)]));
  const sockets = new Set<Socket>();
  const awaited = new Map<string, Arrival>();
  const keep = <T extends Socket>(socket: T): T => {
    sockets.add(socket.on('error', () => undefined));
    return socket;
  };
  const listener = await openTlsListener({
    ...{ host, port: 0, clock: fakeClock(), certificates, limits },
    onRefused: ({ reason }) => void refused.push(reason),
    classify: tlsEndpointClassifier({
      find: (serverName) => routes.get(serverName),
      awaited: (serverName) => {
        asked.push(serverName);
        return awaited.get(serverName);
      },
      onConnection: (socket, visit) => {
        accepted.push({ socket: keep(socket), ...visit });
        onAccepted({ socket, ...visit });
      },
      others: httpClassifier((socket) => void visitors.push(keep(socket))),
    }),
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await listener.close();
  });
  const tls = (options: ConnectionOptions): TLSSocket => keep(connect({ host, port: listener.port, ...options }));
  const tcp = (): Socket => keep(net.connect({ host, port: listener.port }));
  return { accepted, visitors, routes, awaited, asked, refused, tls, tcp };
}

function routeOf(name: string, tls: TlsEnding): Route {
  const endpoint = sampleEndpoint({ scheme: 'tls', host: name });
  return { endpoint, chain: openChain, link: fakeLink(() => {}), bindId: 'bind', tls };
}

/** What a client says first, and what it might say next. */
const hello = records(message(helloBody([serverNameExtension('mine.localhost'), alpnExtension('h2', 'odd')])), 100);
const behind = Buffer.from('whatever comes next \x00\xff', 'latin1');

test.each([1, 7, 100_000])('a passed-through connection arrives byte for byte, in pieces of %i', async (size) => {
  const { tcp, accepted } = await listening({ 'mine.localhost': passthrough });
  const client = tcp().setNoDelay(true);
  const sent = Buffer.concat([hello, behind]);
  for (let at = 0; at < sent.length; at += size) client.write(sent.subarray(at, at + size));
  client.end();
  await until(() => expect(accepted).toHaveLength(1));
  expect((await buffer(accepted[0]!.socket)).equals(sent)).toBe(true);
  expect(accepted[0]?.facts).toMatchObject({ clientIp: host, serverName: 'mine.localhost' });
  expect(accepted[0]?.facts.clientHello?.ja4).toBe('t12d0102h2_0f2cb44170f4_000000000000');
});

/** A user's TLS server in memory behind a passed-through connection. */
function ownServer(options: TlsOptions): (accepted: Accepted) => void {
  const server = createServer({ ...pair, ...options }, (socket) => socket.on('error', () => undefined).pipe(socket));
  return ({ socket }) => {
    const [near, far] = duplexPair();
    server.emit('connection', far);
    joinStreams(socket, near);
  };
}

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  "a passed-through client shakes hands with the user's server, by %s",
  async (version) => {
    const onAccepted = ownServer({ minVersion: version, maxVersion: version, ALPNProtocols: ['odd', 'h2'] });
    const { tls } = await listening({ 'mine.localhost': passthrough }, onAccepted);
    const client = tls({ servername: 'mine.localhost', ca: theirCa, ALPNProtocols: ['h2', 'odd'] });
    client.write('ping');
    expect(String((await once(client, 'data'))[0])).toBe('ping');
    expect([client.authorized, client.getProtocol(), client.alpnProtocol]).toEqual([true, version, 'odd']);
  },
);

test.each<[string, ConnectionOptions, string | false]>([
  ['TLS 1.2', { maxVersion: 'TLSv1.2', ALPNProtocols: ['mqtt'] }, 'mqtt'],
  ['TLS 1.3', { minVersion: 'TLSv1.3', ALPNProtocols: ['postgresql', 'h2'] }, 'postgresql'],
  ['no protocol', {}, false],
])(
  "this server ends TLS with the user's pair and gives a client of %s the first protocol it offers",
  async (_, options, alpn) => {
    const { tls, accepted } = await listening({ 'mine.localhost': edge(pair) });
    const client = tls({ servername: 'mine.localhost', ca: theirCa, ...options });
    await until(() => expect(client.authorized).toBe(true));
    await until(() => expect(accepted).toHaveLength(1));
    accepted[0]?.socket.pipe(accepted[0].socket);
    client.write('ping');
    expect(String((await once(client, 'data'))[0])).toBe('ping');
    expect(client.alpnProtocol).toBe(alpn);
    expect(accepted[0]?.socket).toBeInstanceOf(TLSSocket);
  },
);

test('without a pair of the user the server serves its own certificate for the name', async () => {
  const { tls, accepted } = await listening({ 'mine.localhost': edge(null) });
  const client = tls({ servername: 'mine.localhost', ca: certificates.caPem ?? '' });
  await until(() => expect(client.authorized).toBe(true));
  await until(() => expect(accepted).toHaveLength(1));
});

test.each<[string, ConnectionOptions]>([
  ['another name', { servername: 'web.localhost' }],
  ['no name', {}],
])('a client with %s is a visitor of HTTP', async (_, options) => {
  const { tls, accepted, visitors } = await listening({ 'mine.localhost': passthrough });
  const client = tls({ ...options, ca: certificates.caPem ?? '', ALPNProtocols: ['mqtt', 'h2'] });
  await until(() => expect(visitors).toHaveLength(1));
  expect([client.alpnProtocol, accepted]).toEqual(['h2', []]);
});

test("a client whose endpoint is on its way here waits for it before his ClientHello is anybody's", async () => {
  const { tcp, accepted, routes, awaited } = await listening({});
  const arrival = Promise.withResolvers<void>();
  awaited.set('mine.localhost', { come: arrival.promise, giveUp: () => {} });
  const client = tcp();
  client.end(Buffer.concat([hello, behind]));
  await until(() => expect(client.writableFinished).toBe(true));
  routes.set('mine.localhost', routeOf('mine.localhost', passthrough));
  expect(accepted).toEqual([]);
  awaited.clear();
  arrival.resolve();
  await until(() => expect(accepted).toHaveLength(1));
  expect((await buffer(accepted[0]!.socket)).equals(Buffer.concat([hello, behind]))).toBe(true);
});

test('who hung up while he waited is handed to nobody', async () => {
  const { tcp, accepted, routes, awaited, refused, asked } = await listening({});
  const arrival = Promise.withResolvers<void>();
  awaited.set('mine.localhost', { come: arrival.promise, giveUp: () => {} });
  const served: Socket[] = [];
  const onServed = (message: unknown) => void served.push((message as { socket: Socket }).socket);
  subscribe('net.server.socket', onServed);
  onTestFinished(() => void unsubscribe('net.server.socket', onServed));
  const client = tcp();
  client.write(hello);
  await until(() => expect(asked).toHaveLength(1));
  client.resetAndDestroy();
  await until(() => expect(served.map(({ destroyed }) => destroyed)).toEqual([true]));
  routes.set('mine.localhost', routeOf('mine.localhost', passthrough));
  awaited.clear();
  arrival.resolve();
  await until(() => expect(refused).toEqual(['client-gone']));
  expect(accepted).toEqual([]);
});

test('who waits takes no place from those who shake hands, among whom are the agents that he waits for', async () => {
  const { tcp, tls, visitors, awaited, refused, asked } = await listening({}, () => {}, { maxHandshakes: 1 });
  const arrival = Promise.withResolvers<void>();
  awaited.set('mine.localhost', { come: arrival.promise, giveUp: () => {} });
  tcp().write(hello);
  await until(() => expect(asked).toHaveLength(1));
  tls({ servername: 'web.localhost', ca: certificates.caPem ?? '', ALPNProtocols: ['h2'] });
  await until(() => expect(visitors).toHaveLength(1));
  expect(refused).toEqual([]);
  awaited.clear();
  arrival.resolve();
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)('a session by %s is resumed on its own route only', async (maxVersion) => {
  const names = ['mine.localhost', 'other.localhost'] as const;
  const { tls, routes } = await listening(
    { [names[0]]: edge(pair), [names[1]]: edge(pair) },
    ({ socket }) => void socket.on('error', () => undefined).end('bye'),
  );
  const options = { ca: [theirCa, certificates.caPem ?? ''], maxVersion };
  const visit = async (servername: string, session?: Buffer): Promise<{ isReused: boolean; sessions: Buffer[] }> => {
    const client = tls({ ...options, servername, ...(session && { session }) });
    const sessions: Buffer[] = [];
    client.on('session', (received: Buffer) => sessions.push(received));
    await once(client, 'secureConnect');
    const isReused = client.isSessionReused();
    await once(client.resume(), 'close');
    return { isReused, sessions };
  };
  const { sessions } = await visit(names[0]);
  expect(sessions).not.toEqual([]);
  const session = sessions[0] ?? Buffer.alloc(0);
  expect(await visit(names[0], session)).toMatchObject({ isReused: true });
  expect(await visit(names[1], session)).toMatchObject({ isReused: false });
  const visitor = tls({ ...options, servername: 'web.localhost', session });
  await once(visitor, 'secureConnect');
  expect(visitor.isSessionReused()).toBe(false);
  // A new generation may ask for something else.
  routes.set(names[0], routeOf(names[0], edge(pair)));
  expect(await visit(names[0], session)).toMatchObject({ isReused: false });
});
