import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { handClock } from '../hand-clock.testkit.ts';
import { TestServer, type TestServerBehaviour } from '../test-server.testkit.ts';
import type { AgentSession } from './agent-session.ts';
import { type ConnectOptions, connect } from './connect.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(behaviour: Partial<TestServerBehaviour> = {}): Promise<TestServer> {
  const server = await TestServer.start(behaviour);
  cleanUps.push(() => server.close());
  return server;
}

async function open(server: TestServer, changes: Partial<ConnectOptions> = {}): Promise<AgentSession> {
  const { port, caPem } = server;
  const session = await connect({ serverAddr: `localhost:${port}`, authtoken: 'adit_at_secret', caPem, ...changes });
  cleanUps.push(() => session.close());
  return session;
}

test.each(['localhost', 'connect.localhost', '127.0.0.1'])('connect() reaches a server at %s', async (host) => {
  const server = await start();
  const session = await open(server, { serverAddr: `${host}:${server.port}` });
  expect(session.status).toEqual({ state: 'online', account: 'Acme', serverVersion: '9.9' });
  expect(server.sockets[0]).toHaveProperty('servername', host === '127.0.0.1' ? false : host);
});

test('connect() speaks adit/1 where it is served, and the ngrok profile where no protocol is selected', async () => {
  const ours = await start();
  await open(ours);
  expect(ours.sockets[0]?.alpnProtocol).toBe('adit/1');
  const plain = await start({ speaksAdit: false });
  const session = await open(plain);
  expect(plain.sockets[0]?.alpnProtocol).toBe(false);
  expect(await session.forward({ upstream: '3000' })).toMatchObject({ id: 'ep_0' });
});

test.each([
  ['no such token\n\nERR_NGROK_107', 107],
  ['malformed\n\nERR_NGROK_105', 105],
  ['too many\n\nERR_NGROK_108', 108],
  ['too many\n\nERR_NGROK_108', 108],
])('connect() throws what the server refuses with: %j', async (authError, code) => {
  const server = await start({ authError });
  await expect(open(server)).rejects.toMatchObject({ code });
  expect(server.auths).toHaveLength(1);
});

test('connect() lets no secret into its errors, and the session shows none', async () => {
  const server = await start({ authError: 'Token adit_at_secret is unknown\n\nERR_NGROK_107' });
  const error: unknown = await open(server).catch((reason: unknown) => reason);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('adit_at_secret');
  server.behaviour.authError = '';
  const session = await open(server);
  expect(inspect(session, { depth: 9 })).not.toMatch(/adit_at_secret|cookie-/);
});

test('connect() refuses to start without a token, before it dials', async () => {
  await expect(connect({ serverAddr: 'localhost:1', authtoken: '' })).rejects.toMatchObject({ code: 9300 });
});

test('connect() tells what is wrong with an address that nobody serves', async () => {
  const server = await TestServer.start();
  const { port } = server;
  await server.close();
  const dial = (serverAddr: string) => connect({ serverAddr, authtoken: 'x', caPem: server.caPem });
  const refused = `Cannot connect to "localhost:${port}": the connection was refused`;
  await expect(dial(`localhost:${port}`)).rejects.toMatchObject({ code: 9301, message: refused });
  const unresolved = { code: 9301, message: expect.stringContaining('the name cannot be resolved') };
  await expect(dial('nowhere.invalid')).rejects.toMatchObject(unresolved);
});

test('connect() does not trust a certificate of another CA, nor one for another name', async () => {
  const server = await start();
  const { caPem: otherCa } = await import('../test-ca.testkit.ts').then((kit) => kit.makeTestCertificate());
  await expect(open(server, { caPem: otherCa })).rejects.toMatchObject({ code: 9302 });
  await expect(open(server, { caPem: undefined })).rejects.toMatchObject({ code: 9302 });
  await expect(open(server, { serverAddr: `other.localhost:${server.port}` })).rejects.toMatchObject({ code: 9302 });
  expect(server.auths).toHaveLength(0);
});

test('connect() reads the CA from a file, and says when it cannot', async () => {
  const server = await start();
  const dir = await mkdtemp(join(tmpdir(), 'adit-ca-'));
  cleanUps.push(() => rm(dir, { recursive: true }));
  const caFile = join(dir, 'ca.pem');
  await expect(open(server, { caPem: undefined, caFile })).rejects.toMatchObject({ code: 9202 });
  await writeFile(caFile, 'not a certificate');
  await expect(open(server, { caPem: undefined, caFile })).rejects.toMatchObject({ code: 9302 });
  await writeFile(caFile, server.caPem);
  expect(await open(server, { caPem: undefined, caFile })).toHaveProperty('status.state', 'online');
});

test('connect() gives up on a server that does not speak TLS, and on one that says nothing', async () => {
  const clock = handClock();
  const loud = createTcpServer((socket) => void socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const silent = createTcpServer((socket) => void socket.on('error', () => {}));
  for (const server of [loud, silent]) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    cleanUps.push(() => server.close());
  }
  const dial = ({ port }: AddressInfo) =>
    connect({ serverAddr: `127.0.0.1:${port}`, authtoken: 'x', caPem: ca, clock });
  const { caPem: ca } = await start();
  await expect(dial(loud.address() as AddressInfo)).rejects.toMatchObject({ code: 9303 });
  const dialled = once(silent, 'connection');
  const waiting = dial(silent.address() as AddressInfo);
  await dialled;
  clock.advance(10_000);
  await expect(waiting).rejects.toMatchObject({
    code: 9301,
    message: expect.stringContaining('no answer within 10 s'),
  });
});

test('connect() ends with the reason of its signal', async () => {
  const server = await start();
  const reason = new Error('enough');
  await expect(open(server, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const controller = new AbortController();
  const waiting = open(server, { signal: controller.signal });
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  const later = new AbortController();
  const authenticating = open(server, { signal: later.signal });
  await server.until(() => server.auths.length > 0);
  later.abort(reason);
  await expect(authenticating).rejects.toBe(reason);
});

test('connect() takes the session of a killed program over, and leaves no state behind when it closes in order', async () => {
  const server = await start();
  const dir = await mkdtemp(join(tmpdir(), 'adit-state-'));
  cleanUps.push(() => rm(dir, { recursive: true }));
  const stateFile = join(dir, 'state.json');
  await writeFile(
    stateFile,
    JSON.stringify({ pid: 2 ** 30, server: `localhost:${server.port}`, clientId: 'ts_9', cookie: 'old' }),
  );
  const session = await open(server, { stateFile });
  expect(server.auths[0]).toMatchObject({ ClientId: 'ts_9', Extra: { Cookie: 'old' } });
  await expect.poll(() => readFile(stateFile, 'utf8')).toContain('cookie-1');
  await session.close();
  expect(await readdir(dir)).toEqual([]);
});
