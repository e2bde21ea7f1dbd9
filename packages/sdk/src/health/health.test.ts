import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import {
  aditProfile,
  call,
  MuxSession,
  type MuxStream,
  parseUpstreamProbeReply,
  readProxyProtocol,
  streamTypes,
} from '@adit/wire';
import { afterEach, expect, test } from 'vitest';
import { type HandClock, handClock } from '../hand-clock.testkit.ts';
import { makeTestCertificate } from '../test-ca.testkit.ts';
import { parseUpstream, type Upstream, type UpstreamOptions } from '../upstream/upstream.ts';
import { serveUpstreamProbe } from './health.ts';
import { defaultHealthLimits as limits } from './health-limits.ts';
import { localProxyHeader } from './health-proxy-header.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A server's side of a session with an agent that has one forward, `ep_1`. */
function connect(upstream: Upstream, clock: HandClock = handClock()) {
  const [left, right] = duplexPair();
  const shared = { profile: aditProfile, timer: clock, onClose: () => {} };
  const host = { clock, findForward: async (id: string) => (id === 'ep_1' ? { upstream } : undefined) };
  const refusals: unknown[] = [];
  const onStream = (stream: MuxStream) => {
    stream.on('error', () => {});
    serveUpstreamProbe(stream, host).catch((error: unknown) => refusals.push(error));
  };
  const server = new MuxSession(left, { ...shared, role: 'server', onStream: () => {} });
  const client = new MuxSession(right, { ...shared, role: 'client', onStream });
  cleanUps.push(() => [server, client].map((session) => session.destroy()));
  const ask = async (body: object = { Id: 'ep_1' }) =>
    parseUpstreamProbeReply(await call(server, { type: streamTypes.upstreamProbe, body }, { timeoutMs: 60_000 }));
  return { ask, clock, server, refusals };
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  cleanUps.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const serve = (take: (socket: Socket) => void = (socket) => socket.resume()): Promise<number> =>
  listen(
    createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      cleanUps.push(() => socket.destroy());
      take(socket);
    }),
  );

async function serveTls(ALPNProtocols: string[] = []): Promise<number> {
  const { cert, key } = await makeTestCertificate();
  return await listen(createTlsServer({ cert, key, ALPNProtocols }, (socket) => socket.on('error', () => {}).resume()));
}

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const upstreamAt = (url: string, options: UpstreamOptions = {}): Upstream => parseUpstream(url, options);

test.each([
  ['a service', async () => upstreamAt(`${await serve()}`), 'ok'],
  ['a tcp service', async () => upstreamAt(`tcp://localhost:${await serve()}`), 'ok'],
  ['a TLS service', async () => upstreamAt(`https://localhost:${await serveTls()}`), 'ok'],
  ['nobody', async () => upstreamAt(`${await closedPort()}`), 'refused'],
  ['a name that is none', async () => upstreamAt('http://nobody.invalid:80'), 'unreachable'],
  ['a service without TLS', async () => upstreamAt(`https://localhost:${await serve((one) => one.end('x'))}`), 'tls'],
  [
    'a certificate that is not trusted',
    async () => upstreamAt(`https://localhost:${await serveTls()}`, { upstreamVerify: true }),
    'tls',
  ],
  [
    'a service without the HTTP/2 that was asked for',
    async () => upstreamAt(`https://localhost:${await serveTls(['http/1.1'])}`, { upstreamProtocol: 'http2' }),
    'tls',
  ],
  [
    'a service that chooses no protocol where HTTP/2 was asked for',
    async () => upstreamAt(`https://localhost:${await serveTls()}`, { upstreamProtocol: 'http2' }),
    'tls',
  ],
  ['a handler', async () => ({ kind: 'handler', url: 'handler:', accept: () => {} }) as const, 'ok'],
  ['a folder that is gone', async () => upstreamAt('file:///nowhere/at/all'), 'unreachable'],
])('serveUpstreamProbe() tells of %s what a visitor would meet', async (_what, upstream, State) => {
  const { ask } = connect(await upstream());
  expect(await ask()).toEqual({ State, Milliseconds: expect.any(Number) });
});

test('serveUpstreamProbe() finds a folder that is there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'adit-health-'));
  cleanUps.push(() => rm(folder, { recursive: true }));
  expect(await connect(upstreamAt(`file://${folder}`)).ask()).toMatchObject({ State: 'ok' });
});

test('serveUpstreamProbe() gives up on a service that takes the connection and then says nothing', async () => {
  const arrived = Promise.withResolvers<Socket>();
  const port = await serve((socket) => arrived.resolve(socket));
  const { ask, clock } = connect(upstreamAt(`https://localhost:${port}`));
  const asked = ask();
  const socket = await arrived.promise;
  clock.advance(limits.dialTimeoutMs);
  expect(await asked).toEqual({ State: 'timeout', Milliseconds: limits.dialTimeoutMs });
  await once(socket.resume(), 'end');
});

test('serveUpstreamProbe() knows when it has no such bind', async () => {
  const { ask } = connect(upstreamAt('1'));
  expect(await ask({ Id: 'ep_2' })).toEqual({ State: 'unknownBind', Milliseconds: 0 });
});

test('serveUpstreamProbe() ends its connection in order, having sent nothing', async () => {
  const heard = Promise.withResolvers<Buffer>();
  const port = await serve((socket) => {
    socket.write('hello');
    void buffer(socket).then((bytes) => heard.resolve(bytes));
  });
  await connect(upstreamAt(`${port}`)).ask();
  expect((await heard.promise).toString()).toBe('');
});

test('serveUpstreamProbe() cuts a service that keeps its connection', async () => {
  const ended = Promise.withResolvers<Socket>();
  const port = await serve((socket) => void socket.resume().once('end', () => ended.resolve(socket)));
  const { ask, clock } = connect(upstreamAt(`${port}`));
  await ask();
  const socket = await ended.promise;
  const isCut = () => {
    if (!socket.destroyed) socket.write('are you there?');
    return socket.destroyed;
  };
  expect(isCut()).toBe(false);
  clock.advance(limits.lingerMs);
  await expect.poll(isCut).toBe(true);
});

test('serveUpstreamProbe() lets go when the server has given up', async () => {
  const arrived = Promise.withResolvers<Socket>();
  const port = await serve((socket) => arrived.resolve(socket.resume()));
  const { ask, server } = connect(upstreamAt(`https://localhost:${port}`));
  const asked = ask().catch(() => 'given up');
  const ended = once(await arrived.promise, 'end');
  server.destroy();
  expect(await asked).toBe('given up');
  await ended;
});

test.each([1, 2])(
  'serveUpstreamProbe() puts a PROXY header of version %i first, before TLS, that names nobody',
  async (version) => {
    const { cert, key } = await makeTestCertificate();
    const header = localProxyHeader(version) ?? Buffer.alloc(0);
    const heard = Promise.withResolvers<Buffer>();
    const port = await serve((socket) => {
      socket.once('readable', () => {
        heard.resolve(socket.read(header.length) as Buffer);
        new TLSSocket(socket, { isServer: true, cert, key }).on('error', () => {}).resume();
      });
    });
    const { ask } = connect(upstreamAt(`https://localhost:${port}`));
    expect(await ask({ Id: 'ep_1', ProxyProto: version })).toMatchObject({ State: 'ok' });
    expect(readProxyProtocol(await heard.promise, 1_024)).toMatchObject({ bytesUsed: header.length });
  },
);

test('serveUpstreamProbe() puts the PROXY header before the bytes of a plain service, too', async () => {
  const heard = Promise.withResolvers<Buffer>();
  const port = await serve((socket) => void buffer(socket).then((bytes) => heard.resolve(bytes)));
  await connect(upstreamAt(`${port}`)).ask({ Id: 'ep_1', ProxyProto: 1 });
  expect((await heard.promise).toString()).toBe('PROXY UNKNOWN\r\n');
});

test('serveUpstreamProbe() refuses a request that it cannot read', async () => {
  const { server, refusals } = connect(upstreamAt('1'));
  const stream = server.open(streamTypes.upstreamProbe);
  stream.on('error', () => {});
  stream.end('[1]');
  await expect.poll(() => refusals).toMatchObject([{ code: 9400 }]);
});
