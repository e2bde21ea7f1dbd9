import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { ClientCertificates, TlsDemands } from '@adit/policy-kit';
import { clientCertificateRows, makeX509 } from '@adit/policy-kit/testkit';
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { CertificateSource } from '../../domain/certificates.ts';
import { FakeChain } from '../../domain/fake-chain.testkit.ts';
import type { Route } from '../../domain/route.ts';
import { fakeLink } from '../http/open-front.testkit.ts';
import { sampleEndpoint } from '../sample-endpoint.testkit.ts';
import { demandingEndpointClassifier } from './demanding-endpoints.ts';
import { fixedCertificate } from './fixed-certificate.ts';
import type { RefusedConnection } from './listener.ts';
import { tlsEndpointClassifier } from './tls-endpoints.ts';
import { openTlsListener } from './tls-listener.ts';
import { type HttpVisitor, httpClassifier } from './tls-service.ts';

const host = '127.0.0.1';
const versions = ['TLSv1.2', 'TLSv1.3'] as const;
const until = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 2, timeout: 15_000 });

const rows = clientCertificateRows();
const good = rows.find(({ title }) => title === 'with the usage of clients')!;
const foreign = rows.find(({ title }) => title === 'of another authority of the same name')!;
const clientsOf = (strategy: ClientCertificates['strategy'], row = good): ClientCertificates => ({
  ...{ ...row.demands, strategy },
});
const demandsOf = (clients: ClientCertificates | null, changes: Partial<TlsDemands> = {}): TlsDemands => ({
  ...{ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', certificate: null, clients },
  ...changes,
});

let certificates: CertificateSource;
beforeAll(() => {
  certificates = fixedCertificate(makeX509({ subject: 'of the server' }));
});

interface Admitted {
  readonly socket: TLSSocket;
  readonly facts: HttpVisitor['facts'];
  readonly demands: TlsDemands | null;
}

/** A listener with these endpoints; everybody else is a visitor of whom nothing is asked. Whoever is let in hears `hi`. */
async function listening(endpoints: Record<string, TlsDemands>, scheme: 'https' | 'tls' = 'https') {
  const admitted: Admitted[] = [];
  const refused: RefusedConnection[] = [];
  const routes = new Map(Object.entries(endpoints).map(([name, tls]) => [name, routeOf(name, tls, scheme)]));
  const take = (socket: TLSSocket, visit: Omit<Admitted, 'socket'>): void => {
    admitted.push({ socket, ...visit });
    socket.on('error', () => undefined).end('hi');
  };
  const onHttp = (socket: TLSSocket, visitor: HttpVisitor): void => take(socket, visitor);
  const find = (of: string) => (name: string) => (of === scheme ? routes.get(name) : undefined);
  const listener = await openTlsListener({
    ...{ host, port: 0, clock: fakeClock(), certificates },
    onRefused: (connection) => void refused.push(connection),
    classify: tlsEndpointClassifier({
      ...{ find: find('tls'), awaited: () => undefined },
      onConnection: (socket, { facts, route }) => take(socket as TLSSocket, { facts, demands: route.chain.tls }),
      others: demandingEndpointClassifier({ find: find('https'), onHttp, others: httpClassifier(onHttp) }),
    }),
  });
  onTestFinished(() => listener.close());
  /** What the visitor hears: `hi`, or the error. */
  const visit = (options: ConnectionOptions) => visitOn(listener.port, options);
  return { admitted, refused, routes, visit };
}

function routeOf(name: string, tls: TlsDemands, scheme: 'https' | 'tls'): Route {
  const endpoint = sampleEndpoint({ scheme, host: name });
  const ending = scheme === 'tls' ? ({ kind: 'passthrough' } as const) : null;
  return { endpoint, chain: new FakeChain({ tls }), link: fakeLink(() => {}), bindId: 'bind', tls: ending };
}

async function visitOn(port: number, options: ConnectionOptions) {
  const socket = connect({ host, port, servername: 'mtls.test', rejectUnauthorized: false, ...options });
  const heard = { text: '', error: null as string | null, isReused: false, sessions: [] as Buffer[] };
  let certificate: string | undefined;
  socket.on('data', (piece) => void (heard.text += String(piece)));
  socket.on('error', (error: NodeJS.ErrnoException) => void (heard.error = error.code ?? error.message));
  socket.on('session', (session) => void heard.sessions.push(session));
  socket.on('secureConnect', () => {
    heard.isReused = socket.isSessionReused();
    certificate = socket.getPeerX509Certificate()?.subject;
  });
  await new Promise((resolve) => void socket.once('close', resolve));
  return { ...heard, certificate };
}

// OpenSSL of the visitor would not use a weak key at all.
const weak = { ciphers: 'DEFAULT:@SECLEVEL=0' };

test.each(rows)('a visitor whose certificate is one $title: let in $isGood', async (row) => {
  const { visit, admitted, refused } = await listening({
    'mtls.test': demandsOf(clientsOf('require-and-verify', row)),
  });
  const heard = await visit({ ...row.client, ...weak });
  expect(heard.text).toBe(row.isGood ? 'hi' : '');
  if (!row.isGood)
    await until(() => expect(refused).toMatchObject([{ reason: 'client-certificate', serverName: 'mtls.test' }]));
  expect(admitted.map(({ facts }) => facts.tls?.isClientVerified)).toEqual(row.isGood ? [true] : []);
});

test.each<[ClientCertificates['strategy'], 'good' | 'foreign' | 'none', boolean, boolean]>([
  ['require-and-verify', 'good', true, true],
  ['require-and-verify', 'foreign', false, false],
  ['require-and-verify', 'none', false, false],
  ['require-any', 'good', true, true],
  ['require-any', 'foreign', true, false],
  ['require-any', 'none', false, false],
  ['request', 'good', true, true],
  ['request', 'foreign', true, false],
  ['request', 'none', true, false],
])('%s and a certificate that is %s: let in %s, verified %s', async (strategy, which, isIn, isVerified) => {
  const clients = clientsOf(strategy);
  const { visit, admitted } = await listening({ 'mtls.test': demandsOf(clients) });
  const client = { good: good.client, foreign: foreign.client, none: {} }[which];
  for (const maxVersion of versions) expect((await visit({ ...client, maxVersion })).text).toBe(isIn ? 'hi' : '');
  const told = admitted.map(({ facts: { tls } }) => [
    tls?.version,
    tls?.isClientVerified,
    tls?.clientCertificate !== null,
  ]);
  expect(told).toEqual(isIn ? versions.map((version) => [version, isVerified, which !== 'none']) : []);
  for (const { facts } of admitted) expect(facts.tls?.checkedAgainst).toBe(clients);
});

test.each([
  ['TLSv1.2', 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE'],
  ['TLSv1.3', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'],
] as const)('a visitor by %s without a certificate is told so by TLS', async (maxVersion, error) => {
  const { visit, refused } = await listening({ 'mtls.test': demandsOf(clientsOf('require-and-verify')) });
  expect(await visit({ maxVersion })).toMatchObject({ error, text: '' });
  await until(() => expect(refused).toMatchObject([{ reason: 'client-certificate', errorCode: 'NO_CERTIFICATE' }]));
});

test.each(['https', 'tls'] as const)(
  'no session of an %s endpoint that asks for certificates is ever resumed',
  async (scheme) => {
    const { visit } = await listening({ 'mtls.test': demandsOf(clientsOf('request')) }, scheme);
    for (const maxVersion of versions) {
      for (const client of [good.client, {}]) {
        const { sessions } = await visit({ ...client, maxVersion });
        for (const session of sessions) expect(await visit({ maxVersion, session })).toMatchObject({ isReused: false });
      }
    }
  },
);

test.each(versions)('a session by %s of another endpoint of the port does not get in', async (maxVersion) => {
  const wanted = demandsOf(clientsOf('require-and-verify'));
  const { visit, admitted } = await listening({ 'mtls.test': wanted, 'asking.test': demandsOf(clientsOf('request')) });
  for (const servername of ['plain.test', 'asking.test']) {
    const { sessions } = await visit({ servername, maxVersion });
    for (const session of sessions) expect((await visit({ maxVersion, session })).text).toBe('');
  }
  expect(admitted.every(({ facts }) => facts.serverName !== 'mtls.test')).toBe(true);
});

test('an endpoint that asks for no certificates resumes its own sessions, as all do', async () => {
  const { visit } = await listening({ 'mtls.test': demandsOf(null, { minVersion: 'TLSv1.3' }) });
  const { sessions } = await visit({});
  expect(await visit({ session: sessions[0] })).toMatchObject({ isReused: true, text: 'hi' });
});

test.each([
  ['another name', { servername: 'plain.test' }],
  ['no name', { servername: '' }],
])('a visitor with %s is asked for nothing', async (_title, options) => {
  const { visit, admitted } = await listening({ 'mtls.test': demandsOf(clientsOf('require-and-verify')) });
  expect((await visit({ ...good.client, ...options })).text).toBe('hi');
  expect(admitted.map(({ demands, facts }) => [demands, facts.tls?.clientCertificate])).toEqual([[null, null]]);
});

test.each([
  [{ minVersion: 'TLSv1.3' }, [false, true]],
  [{ maxVersion: 'TLSv1.2' }, [true, false]],
] as const)('with the demands %j visitors of TLS 1.2 and 1.3 get in: %j', async (changes, expected) => {
  for (const clients of [null, clientsOf('require-and-verify')]) {
    const demands = demandsOf(clients, changes);
    const { visit, admitted } = await listening({ 'mtls.test': demands });
    const heard = [];
    for (const version of versions)
      heard.push(await visit({ ...good.client, minVersion: version, maxVersion: version }));
    expect(heard.map(({ text }) => text === 'hi')).toEqual(expected);
    expect(admitted.map((visitor) => visitor.demands)).toEqual([demands]);
  }
});

test('the certificate that an endpoint brought is served in place of that of its name', async () => {
  const own = demandsOf(clientsOf('require-and-verify'), { certificate: makeX509({ subject: 'of the endpoint' }) });
  const { visit } = await listening({ 'mtls.test': own, 'other.test': demandsOf(clientsOf('require-and-verify')) });
  expect(await visit(good.client)).toMatchObject({ certificate: 'CN=of the endpoint', text: 'hi' });
  expect(await visit({ ...good.client, servername: 'other.test' })).toMatchObject({ certificate: 'CN=of the server' });
});

test('a tls endpoint that was to be passed through is ended here when it asks for certificates', async () => {
  const { visit, admitted } = await listening({ 'mtls.test': demandsOf(clientsOf('require-and-verify')) }, 'tls');
  expect(await visit({ ...good.client, ALPNProtocols: ['mqtt'] })).toMatchObject({ text: 'hi' });
  expect((await visit({})).text).toBe('');
  expect(admitted.map(({ facts: { tls } }) => [tls?.alpn, tls?.isClientVerified])).toEqual([['mqtt', true]]);
});

test('what an endpoint asks for next counts from the next handshake on', async () => {
  const { visit, routes } = await listening({ 'mtls.test': demandsOf(clientsOf('require-and-verify')) });
  expect((await visit(good.client)).text).toBe('hi');
  routes.set('mtls.test', routeOf('mtls.test', demandsOf(clientsOf('require-and-verify', foreign)), 'https'));
  expect((await visit(foreign.client)).text).toBe('');
  routes.set('mtls.test', routeOf('mtls.test', demandsOf(clientsOf('require-and-verify', rows[1])), 'https'));
  expect((await visit(good.client)).text).toBe('');
  expect((await visit(rows[1]!.client)).text).toBe('hi');
});
