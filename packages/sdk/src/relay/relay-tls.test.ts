import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { encodeProxyProtocol, type MuxStream } from '@adit/wire';
import { beforeAll, expect, test } from 'vitest';
import type { ForwardOptions } from '../forward/forward-options.ts';
import { handClock } from '../hand-clock.testkit.ts';
import { makeTestCertificate, type TestCertificate } from '../test-ca.testkit.ts';
import { openForward, openSession, serve } from './relay-session.testkit.ts';

let own: TestCertificate;
let foreign: TestCertificate;
beforeAll(async () => {
  own = await makeTestCertificate();
  foreign = await makeTestCertificate();
});

const termination = () => ({ certificate: own.cert, privateKey: own.key });

/** A visitor's TLS on a stream that the server opened. */
function secure(stream: MuxStream, options: ConnectionOptions = {}): TLSSocket {
  const socket = connectTls({ socket: stream, servername: 'localhost', ca: own.caPem, ...options });
  socket.on('error', () => {}); // Refused visitors are part of the tests.
  return socket;
}

async function openEcho(options: Partial<ForwardOptions> = {}) {
  const port = await serve((socket) => void socket.pipe(socket));
  return await openForward({ upstream: `${port}`, url: 'tls://', tlsTermination: termination(), ...options });
}

test('TLS ends in the agent: the upstream reads what the visitor wrote, and each direction ends by itself', async () => {
  const heard = Promise.withResolvers<string>();
  const port = await serve(async (socket) => {
    heard.resolve(await text(socket));
    socket.end('an answer behind the end of the question');
  });
  const { visit, events } = await openEcho({ upstream: `${port}` });
  const visitor = secure(visit());
  visitor.end('question');
  expect(await text(visitor)).toBe('an answer behind the end of the question');
  expect(await heard.promise).toBe('question');
  expect(visitor.authorized).toBe(true);
  await expect.poll(() => events.at(-1)).toMatchObject({ state: 'closed', error: null });
});

test('much passes through TLS in the agent both ways', async () => {
  const { visit } = await openEcho();
  const visitor = secure(visit());
  visitor.end(Buffer.alloc(4 * 1024 * 1024, 'x'));
  expect((await text(visitor)).length).toBe(4 * 1024 * 1024);
});

test.each<[string[], ForwardOptions['upstreamProtocol'], string | false]>([
  [['h2', 'http/1.1'], 'http1', 'http/1.1'],
  [['http/1.1', 'h2'], 'http2', 'h2'],
  [['imap'], 'http1', 'imap'],
  [[], 'http1', false],
])('of %j a visitor gets what an upstream of %s speaks', async (ALPNProtocols, upstreamProtocol, chosen) => {
  const { visit } = await openEcho({ upstreamProtocol });
  const visitor = secure(visit(), { ALPNProtocols });
  await once(visitor, 'secureConnect');
  expect(visitor.alpnProtocol).toBe(chosen);
});

test.each<[string, () => ConnectionOptions, boolean]>([
  ['a good certificate', () => ({ cert: own.cert, key: own.key }), true],
  ['none', () => ({}), false],
  ['one of another CA', () => ({ cert: foreign.cert, key: foreign.key }), false],
])('where visitors need a certificate, one with %s is let in or not', async (_, credentials, isLetIn) => {
  let connections = 0;
  const port = await serve((socket) => {
    connections += 1;
    socket.pipe(socket);
  });
  const tlsTermination = { ...termination(), clientCas: own.caPem };
  const { visit, events } = await openEcho({ upstream: `${port}`, tlsTermination });
  const visitor = secure(visit(), credentials());
  visitor.end('hello');
  expect(await text(visitor).catch(() => '')).toBe(isLetIn ? 'hello' : '');
  await expect.poll(() => events.at(-1)).toMatchObject({ state: 'closed' });
  expect(connections).toBe(isLetIn ? 1 : 0);
});

test.each([true, false])('with client CAs %s, a session may be resumed only without', async (hasClientCas) => {
  const tlsTermination = { ...termination(), ...(hasClientCas && { clientCas: own.caPem }) };
  const { visit } = await openEcho({ tlsTermination });
  const credentials = { cert: own.cert, key: own.key };
  const first = secure(visit(), credentials);
  let session: Buffer | undefined;
  first.on('session', (ticket) => {
    session = ticket;
  });
  first.end('hello');
  expect(await text(first)).toBe('hello');
  const second = secure(visit(), { ...credentials, ...(session && { session }) });
  await once(second, 'secureConnect');
  expect(second.isSessionReused()).toBe(!hasClientCas);
  second.end('again');
  expect(await text(second)).toBe('again');
});

test('a visitor who does not shake hands is let go, and so is one who speaks no TLS', async () => {
  const clock = handClock();
  const { server, session, events } = await openSession({ clock });
  const { id } = await session.forward({ upstream: '9', url: 'tls://', tlsTermination: termination() });
  server.visit(id).resume().write('GET / HTTP/1.1\r\n\r\n');
  await expect.poll(() => events.map(({ state }) => state)).toEqual(['opened', 'closed']);
  server.visit(id).resume();
  await expect.poll(() => events.length).toBe(3);
  clock.advance(10_000);
  await expect.poll(() => events.map(({ state }) => state)).toEqual(['opened', 'closed', 'opened', 'closed']);
});

test.each(['reset', 'cut'])('the upstream is let go of after a %s on the way', async (how) => {
  const closed = Promise.withResolvers<void>();
  const port = await serve((socket) => {
    socket.once('close', () => closed.resolve());
    // Half-open on purpose: an end of the visitor's half alone does not close it.
    const send = () => void socket.write(Buffer.alloc(65_536), (error) => error ?? send());
    send();
  });
  const { visit, server } = await openEcho({ upstream: `${port}` });
  const stream = visit();
  const visitor = secure(stream);
  await once(visitor, 'readable');
  if (how === 'cut') server.cut();
  else stream.reset(6);
  await closed.promise;
});

test('an upstream that breaks off half its answer never looks whole', async () => {
  const port = await serve((socket) => socket.once('data', () => socket.write('half', () => socket.resetAndDestroy())));
  const { visit } = await openEcho({ upstream: `${port}` });
  const stream = visit();
  const visitor = secure(stream);
  visitor.write('question');
  const broken = Promise.withResolvers<unknown>();
  stream.on('error', broken.resolve);
  visitor.resume();
  expect(await broken.promise).toHaveProperty('resetCode');
});

test('the PROXY header of the server stands before the TLS of the visitor, and reaches the upstream before his words', async () => {
  const { visit } = await openEcho({ proxyProtocol: 1 });
  const stream = visit();
  const ends = { clientIp: '192.0.2.7', clientPort: 51_234, serverIp: '198.51.100.1', serverPort: 443 };
  stream.write(encodeProxyProtocol(1, ends));
  const visitor = secure(stream);
  visitor.end('hello');
  expect(await text(visitor)).toBe('PROXY TCP4 192.0.2.7 198.51.100.1 51234 443\r\nhello');
});

test.each<[string, () => Partial<ForwardOptions>]>([
  ['of a key that is not its own', () => ({ tlsTermination: { certificate: own.cert, privateKey: foreign.key } })],
  ['that are no PEM', () => ({ tlsTermination: { certificate: 'x', privateKey: 'x' } })],
  ['with client CAs that are none', () => ({ tlsTermination: { ...termination(), clientCas: 'x' } })],
  ['of an https endpoint', () => ({ url: 'https://app', tlsTermination: termination() })],
])('certificate and key %s are refused before the server is asked', async (_, options) => {
  const { session, server } = await openSession();
  const refused = session.forward({ upstream: '3000', url: 'tls://', ...options() });
  await expect(refused).rejects.toMatchObject({
    code: 9201,
    message: expect.not.stringContaining('PRIVATE KEY') as string,
  });
  expect(server.binds).toEqual([]);
});

test('neither certificate nor key of TLS that ends in the agent is told to the server', async () => {
  const { server } = await openEcho();
  const asked = JSON.stringify(server.binds);
  expect(asked).not.toMatch(/CERTIFICATE|PRIVATE KEY|TLSTermination/);
});
