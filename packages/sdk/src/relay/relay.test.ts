import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { createServer as createTlsServer } from 'node:tls';
import { aditProfile, errorCodes, type MuxStream } from '@adit/wire';
import { afterEach, expect, test } from 'vitest';
import { handClock } from '../hand-clock.testkit.ts';
import type { AgentSession } from '../session/agent-session.ts';
import { connect } from '../session/connect.ts';
import type { ConnectionEvent } from '../session/session-events.ts';
import { makeTestCertificate } from '../test-ca.testkit.ts';
import { TestServer } from '../test-server.testkit.ts';
import type { UpstreamProtocol } from '../upstream/upstream.ts';
import { unusedPort } from './relay-session.testkit.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A service that treats each connection as told. */
async function serve(handle: (socket: Socket) => unknown, host = '127.0.0.1'): Promise<number> {
  const service = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {}); // Broken connections are part of the tests.
    cleanUps.push(() => socket.destroy());
    handle(socket);
  });
  return await listen(service, host);
}

async function listen(service: Server, host = '127.0.0.1'): Promise<number> {
  await once(service.listen(0, host), 'listening');
  cleanUps.push(() => service.close());
  return (service.address() as AddressInfo).port;
}

interface Opened {
  readonly server: TestServer;
  readonly session: AgentSession;
  readonly events: ConnectionEvent[];
  visit(proto?: string): MuxStream;
}

interface OpenOptions {
  readonly speaksAdit?: boolean;
  readonly clock?: ReturnType<typeof handClock>;
  readonly upstreamProtocol?: UpstreamProtocol;
}

async function open(upstream: string, options: OpenOptions = {}) {
  const server = await TestServer.start({ speaksAdit: options.speaksAdit ?? true });
  cleanUps.push(() => server.close());
  const clock = options.clock ? { clock: options.clock } : {};
  const address = { serverAddr: `localhost:${server.port}`, caPem: server.caPem };
  const session = await connect({ ...address, authtoken: 'adit_at_x', ...clock });
  cleanUps.push(() => session.close());
  const events: ConnectionEvent[] = [];
  session.on('connection', (event) => events.push(event));
  const { id } = await session.forward({ upstream, upstreamProtocol: options.upstreamProtocol });
  const opened: Opened = { server, session, events, visit: (proto) => server.visit(id, proto) };
  return opened;
}

/** Reads what comes, and answers the code with which it ends. */
const resetOf = async (stream: MuxStream) => {
  stream.resume();
  const [error] = (await once(stream, 'error')) as unknown[];
  return (error as { resetCode?: number }).resetCode;
};

/** The socket that the agent opens next to that port. */
const nextDialled = (port: number) =>
  new Promise<Socket>((resolve) => {
    const look = (message: unknown) => {
      const { socket } = message as { socket: Socket };
      socket.once('connect', () => {
        if (socket.remotePort !== port) return;
        unsubscribe('net.client.socket', look);
        resolve(socket);
      });
    };
    subscribe('net.client.socket', look);
  });

test('relay() carries 8 MiB both ways, byte for byte', async () => {
  const port = await serve((socket) => void socket.pipe(socket));
  const { visit, events } = await open(`${port}`);
  const sent = Buffer.alloc(8 * 1024 * 1024, Buffer.from(Array.from({ length: 251 }, (_, i) => i)));
  const stream = visit();
  const received = buffer(stream);
  stream.end(sent);
  expect(Buffer.compare(await received, sent)).toBe(0);
  await expect.poll(() => events.map(({ state }) => state)).toEqual(['opened', 'reached', 'closed']);
  expect(events[2]).toEqual({ state: 'closed', forwardId: 'ep_0', clientAddress: '192.0.2.7:51234', error: null });
});

test('relay() does not say that the service was reached when the visitor left before', async () => {
  // Its TLS handshake never ends.
  const dialled = Promise.withResolvers<void>();
  const port = await serve(() => dialled.resolve());
  const { visit, events } = await open(`https://127.0.0.1:${port}`);
  const stream = visit();
  await dialled.promise;
  stream.reset(errorCodes.streamCancelled);
  await expect.poll(() => events.map(({ state }) => state)).toEqual(['opened', 'closed']);
});

test('relay() closes each direction by itself', async () => {
  const port = await serve(async (socket) => {
    const question = await text(socket);
    socket.end(`heard ${question} to its end`);
  });
  const { visit } = await open(`${port}`);
  const stream = visit();
  stream.end('it');
  expect(await text(stream)).toBe('heard it to its end');
});

test('relay() lets the visitor go on after the service has said its last word', async () => {
  const heard = Promise.withResolvers<string>();
  const port = await serve((socket) => {
    socket.end('first');
    void text(socket).then(heard.resolve);
  });
  const { visit } = await open(`${port}`);
  const stream = visit();
  expect(await text(stream)).toBe('first');
  stream.end('second');
  expect(await heard.promise).toBe('second');
});

test('relay() stops reading where the visitor does not read, and where the service does not', async () => {
  const sockets: Socket[] = [];
  const port = await serve((socket) => {
    sockets.push(socket);
    socket.pause();
  });
  const { visit } = await open(`${port}`);
  const stream = visit();
  await expect.poll(() => sockets.length).toBe(1);
  const [socket] = sockets;
  const block = Buffer.alloc(1024 * 1024);
  const limit = 64 * block.length;
  // Writes until nothing moves any more; kernel buffers and windows take some MiB in between.
  const fill = async (target: MuxStream | Socket) => {
    let taken = 0;
    for (let isStuck = false; !isStuck && taken < limit; taken += block.length) {
      const moved = new Promise<boolean>((resolve) => target.write(block, () => resolve(false)));
      isStuck = await Promise.race([moved, new Promise<boolean>((resolve) => setTimeout(resolve, 300, true))]);
    }
    return taken;
  };
  expect(await fill(stream)).toBeLessThan(limit);
  expect(await fill(socket as Socket)).toBeLessThan(limit);
});

test.each([
  [true, errorCodes.upstreamRefused],
  [false, undefined],
])('relay() with adit/1 %s tells that the service refused', async (speaksAdit, code) => {
  const { visit, events } = await open(`${unusedPort}`, { speaksAdit });
  const stream = visit();
  if (code === undefined) expect(await text(stream)).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
  else expect(await resetOf(stream)).toBe(code);
  stream.end();
  await expect.poll(() => events.at(-1)).toMatchObject({ state: 'closed', error: { code: 8012 } });
});

test('relay() tells a name that does not resolve from a refusal', async () => {
  const { visit } = await open('http://nowhere.invalid');
  expect(await resetOf(visit())).toBe(errorCodes.upstreamUnreachable);
});

test('relay() gives up a service that does not accept within 10 s', async () => {
  const clock = handClock();
  // Accepts the connection and says nothing: the TLS handshake hangs.
  const connected = Promise.withResolvers<void>();
  const port = await serve(() => connected.resolve());
  const { visit, events } = await open(`https://127.0.0.1:${port}`, { clock });
  const stream = visit();
  const code = resetOf(stream);
  await connected.promise;
  clock.advance(10_000);
  expect(await code).toBe(errorCodes.upstreamTimeout);
  await expect.poll(() => events.at(-1)).toMatchObject({ state: 'closed', error: { code: 9001 } });
});

test('relay() speaks TLS to an https service; on loopback its certificate is not verified', async () => {
  const { cert, key } = await makeTestCertificate();
  const service = createTlsServer({ cert, key, allowHalfOpen: true }, (socket) => void socket.pipe(socket));
  const { visit } = await open(`https://localhost:${await listen(service)}`);
  const stream = visit();
  stream.end('hello');
  expect(await text(stream)).toBe('hello');
});

test('relay() tells that the service does not speak TLS', async () => {
  const port = await serve((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const { visit } = await open(`https://127.0.0.1:${port}`);
  expect(await resetOf(visit())).toBe(errorCodes.upstreamTls);
});

/** A TLS service that answers with the protocol it chose. */
async function serveTls(ALPNProtocols: string[] | undefined): Promise<string> {
  const { cert, key } = await makeTestCertificate();
  const options = { cert, key, allowHalfOpen: true, ...(ALPNProtocols && { ALPNProtocols }) };
  return `https://localhost:${await listen(createTlsServer(options, (socket) => void socket.end(`${socket.alpnProtocol}`)))}`;
}

test.each<[UpstreamProtocol, string[], string]>([
  ['http1', ['h2', 'http/1.1'], 'http/1.1'],
  ['http2', ['http/1.1', 'h2'], 'h2'],
])('relay() offers a TLS service that speaks %s nothing else', async (upstreamProtocol, offered, chosen) => {
  const { visit } = await open(await serveTls(offered), { upstreamProtocol });
  expect(await text(visit())).toBe(chosen);
});

test.each([
  ['chooses another protocol', ['http/1.1']],
  ['chooses none', undefined],
])('relay() tells that a TLS service %s although HTTP/2 was asked for', async (_, offered) => {
  const { visit, events } = await open(await serveTls(offered), { upstreamProtocol: 'http2' });
  expect(await resetOf(visit())).toBe(errorCodes.upstreamTls);
  const error = { code: 8012, message: expect.stringContaining('does not speak HTTP/2') as string };
  await expect.poll(() => events.at(-1)).toMatchObject({ state: 'closed', error });
});

test('relay() puts no answer of HTTP/1 into a stream of HTTP/2 when the service refused', async () => {
  const { visit } = await open(`${unusedPort}`, { speaksAdit: false, upstreamProtocol: 'http2' });
  expect(await text(visit())).toBe('');
});

test('relay() finds a service that listens on ::1 only under localhost', async ({ skip }) => {
  const port = await serve((socket) => void socket.end('six'), '::1').catch(() => skip('this machine has no IPv6'));
  const { visit } = await open(`${port}`);
  expect(await text(visit())).toBe('six');
});

test('relay() resets the stream when the service breaks off, so that half an answer never looks whole', async () => {
  const port = await serve((socket) => {
    socket.once('data', () => socket.write('half', () => socket.resetAndDestroy()));
  });
  const { visit, events } = await open(`${port}`);
  const stream = visit();
  stream.write('question');
  expect(await resetOf(stream)).toBe(errorCodes.streamReset);
  await expect.poll(() => events.at(-1)).toMatchObject({ state: 'closed', error: null });
});

test('relay() delivers a whole answer although the service then refuses what the visitor still sends', async () => {
  const answer = Buffer.alloc(aditProfile.initialWindowBytes + 20_000, 'a');
  const served: Socket[] = [];
  const port = await serve((socket) => void served.push(socket.resume().end(answer)));
  const { visit, events } = await open(`${port}`);
  const upstream = nextDialled(port);
  const stream = visit();
  // The visitor has not read a byte: what its window does not hold waits in the agent.
  await once(await upstream, 'end');
  served[0]?.destroy();
  const broken = once(await upstream, 'error');
  stream.write('still here');
  stream.end('and here');
  await broken;
  expect(Buffer.compare(await buffer(stream), answer)).toBe(0);
  await expect.poll(() => events.at(-1)).toMatchObject({ state: 'closed', error: null });
});

test.each(['reset', 'abort', 'cut'] as const)('relay() lets go of the service at once after a %s', async (how) => {
  const closed = Promise.withResolvers<void>();
  const port = await serve((socket) => {
    socket.once('close', () => closed.resolve());
    // Half-open on purpose: an end of the visitor's half alone does not close it.
    const send = () => void socket.write(Buffer.alloc(65_536), (error) => error ?? send());
    send();
  });
  const { visit, server, events } = await open(`${port}`);
  const stream = visit();
  await once(stream, 'readable');
  if (how === 'cut') server.cut();
  else if (how === 'abort') stream.abort();
  else stream.reset(errorCodes.streamCancelled);
  await closed.promise;
  await expect.poll(() => events.at(-1)).toMatchObject({ state: 'closed', error: null });
});

test('a visitor of an endpoint that the session does not have is turned away', async () => {
  const { server } = await open('3000');
  expect(await resetOf(server.visit('ep_other'))).toBe(errorCodes.remoteGoneAway);
});

test('a visitor that comes before the reply to the bind has been read is served', async () => {
  const port = await serve((socket) => void socket.end('served'));
  const { server, session } = await open(`${port}`);
  const visitors: MuxStream[] = [];
  server.behaviour.bindError = async () => {
    const visitor = server.visit('ep_1');
    visitors.push(visitor);
    // What the agent grants says that it has read whom the visitor is for.
    await expect.poll(() => visitor.peerConsumedBytes).toBeGreaterThan(0);
    return '';
  };
  await session.forward({ upstream: `${port}` });
  expect(await Promise.all(visitors.map((stream) => text(stream)))).toEqual(['served']);
});
