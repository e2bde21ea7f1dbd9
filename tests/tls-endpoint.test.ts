import { createPrivateKey, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type ConnectionOptions, connect, createServer, type TLSSocket } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { foundInFiles, foundInMemory, processTree } from './support/memory.ts';
import { openSession } from './support/ngrok-session.ts';
import { makePair } from './support/own-certificate.ts';
import { startServer, type TestServer } from './support/server.ts';
import { startTcpService } from './support/tcp.ts';

/** What a key looks like wherever somebody keeps it. */
function formsOf(key: Buffer): Map<string, Buffer> {
  const scalar = Buffer.from(createPrivateKey(key).export({ format: 'jwk' }).d ?? '', 'base64url');
  const [firstLine = ''] = key.toString().split('\n').slice(1);
  return new Map([
    ['scalar', scalar],
    ['scalar as OpenSSL computes with it', Buffer.from(scalar).reverse()],
    ['PEM', Buffer.from(firstLine)],
    ['PEM in base64', Buffer.from(key.toString('base64').slice(60, 120))],
  ]);
}

/** All that the server's processes hold. */
async function foundInServer(server: TestServer, needles: Map<string, Buffer>): Promise<string[]> {
  const processes = await processTree(server.process.child.pid ?? 0);
  const found = await Promise.all(processes.map((pid) => foundInMemory(pid, needles)));
  return found.flatMap((names) => [...names]);
}

function shakeHands(url: string, options: ConnectionOptions): TLSSocket {
  const { hostname, port } = new URL(url);
  const visitor = connect({ host: '127.0.0.1', port: Number(port), servername: hostname, ...options });
  onTestFinished(() => void visitor.destroy());
  return visitor;
}

const secret = randomBytes(24).toString('base64url');

it("passes the visitor's TLS through: the service's key and what is said never reach the server", async (context) => {
  const server = await startServer();
  const pair = await makePair(context, 'mine.localhost');
  const service = createServer(
    { ...pair, ALPNProtocols: ['odd'] },
    (socket) => void socket.on('error', () => {}).pipe(socket),
  );
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  onTestFinished(() => void service.close());
  const session = await openSession(server);
  const { port } = service.address() as AddressInfo;
  const listener = await session.tlsEndpoint().domain('mine.localhost').listenAndForward(`tcp://127.0.0.1:${port}`);
  expect(listener.url()).toBe(`tls://mine.localhost:${server.ready.https.port}`);

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const visitor = shakeHands(listener.url() ?? '', { ca: pair.cert, ALPNProtocols: ['odd'], maxVersion });
    visitor.write(secret);
    expect(String((await once(visitor, 'data'))[0])).toBe(secret);
    expect([visitor.authorized, visitor.alpnProtocol, visitor.getProtocol()]).toEqual([true, 'odd', maxVersion]);
  }

  const needles = formsOf(pair.key).set('plain text', Buffer.from(secret));
  expect(await foundInServer(server, needles)).toEqual([]);
  expect([...(await foundInFiles(server.dataDir, needles))]).toEqual([]);
  // The search does find what is there.
  const known = new Map([['name', Buffer.from('mine.localhost')]]);
  expect(await foundInServer(server, known)).toContain('name');
});

it("ends TLS at the edge with the user's own pair, which is nowhere on disk", async (context) => {
  const server = await startServer();
  const pair = await makePair(context, 'mine.localhost');
  const service = await startTcpService((socket: Socket) => void socket.pipe(socket));
  const session = await openSession(server);
  const builder = session.tlsEndpoint().domain('mine.localhost').termination(pair.cert, pair.key);
  const listener = await builder.listenAndForward(`tcp://127.0.0.1:${service.port}`);
  const url = listener.url() ?? '';

  for (const options of [{ maxVersion: 'TLSv1.2' }, { minVersion: 'TLSv1.3' }] as const) {
    const visitor = shakeHands(url, { ca: pair.cert, ALPNProtocols: ['mqtt', 'h2'], ...options });
    visitor.end('plain for the service');
    expect((await buffer(visitor)).toString()).toBe('plain for the service');
    expect([visitor.authorized, visitor.alpnProtocol]).toEqual([true, 'mqtt']);
  }

  const needles = formsOf(pair.key);
  expect([...(await foundInFiles(server.dataDir, needles))]).toEqual([]);
  // Here the server must have it, so this shows that the search above would see one.
  expect(await foundInServer(server, needles)).not.toEqual([]);
});

it('a visitor whom the policy refuses reads so in an alert of TLS', async (context) => {
  const server = await startServer();
  const pair = await makePair(context, 'mine.localhost');
  const session = await openSession(server);
  const builder = session.tlsEndpoint().domain('mine.localhost').denyCidr('127.0.0.0/8');
  const listener = await builder.listenAndForward('tcp://127.0.0.1:9');
  const visitor = shakeHands(listener.url() ?? '', { ca: pair.cert });
  const [error] = (await once(visitor, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toMatch(/ALERT_ACCESS_DENIED$/);
});

it('a wildcard serves every name below it with a certificate of its own', async () => {
  const server = await startServer();
  const service = await startTcpService((socket: Socket) => void socket.end('hello'));
  const session = await openSession(server);
  const builder = session.tlsEndpoint().domain('*.raw.localhost').termination(Buffer.alloc(0), Buffer.alloc(0));
  const listener = await builder.listenAndForward(`tcp://127.0.0.1:${service.port}`);
  for (const name of ['a.raw.localhost', 'b.a.raw.localhost']) {
    const visitor = shakeHands((listener.url() ?? '').replace('*.raw.localhost', name), { ca: server.ca });
    await once(visitor, 'secureConnect');
    expect(visitor.getPeerCertificate().subjectaltname).toBe(`DNS:${name}`);
    expect((await buffer(visitor)).toString()).toBe('hello');
  }
});
