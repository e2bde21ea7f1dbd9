import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { type ConnectOptions, connect } from '../session/connect.ts';
import { makeTestCertificate } from '../test-ca.testkit.ts';
import { TestServer } from '../test-server.testkit.ts';
import { startHttpProxy } from './proxy-server.testkit.ts';
import {
  startResettingMiddlebox,
  startSilentTls,
  startWebSocketFront,
  type WebSocketFront,
} from './web-socket-front.testkit.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function closing<T extends { close(): unknown }>(thing: T): T {
  cleanUps.push(() => thing.close());
  return thing;
}

async function start(status?: number): Promise<{ server: TestServer; front: WebSocketFront }> {
  const server = closing(await TestServer.start());
  return { server, front: closing(await startWebSocketFront(server, status)) };
}

async function open({ port, caPem }: { port: number; caPem: string }, changes: Partial<ConnectOptions> = {}) {
  return closing(await connect({ serverAddr: `localhost:${port}`, authtoken: 'adit_at_x', caPem, ...changes }));
}

test.each(['websocket', 'auto'] as const)(
  'transport %s reaches a server where only HTTPS passes',
  async (transport) => {
    const { server, front } = await start();
    const session = await open(front, { transport });
    expect(await session.forward({ upstream: '3000' })).toHaveProperty('id', 'ep_0');
    expect(server.auths).toHaveLength(1);
    expect(front.webSockets[0]?.protocol).toBe('adit.1');
  },
);

test('transport auto keeps to TLS where that works', async () => {
  const { server } = await start();
  await open(server, { transport: 'auto' });
  expect(server.sockets[0]?.alpnProtocol).toBe('adit/1');
});

test('transport tls never tries anything else', async () => {
  const { front } = await start();
  const message = expect.stringContaining('no agent protocol is served there');
  await expect(open(front, { transport: 'tls' })).rejects.toMatchObject({ code: 9303, message });
  expect(front.webSockets).toHaveLength(0);
});

test('transport auto gets past a middlebox that resets what it does not know', async () => {
  const { front } = await start();
  const middlebox = closing(await startResettingMiddlebox(front.port));
  await open({ port: middlebox.port, caPem: front.caPem });
  expect(middlebox.resets()).toBe(1);
  expect(front.webSockets).toHaveLength(1);
});

test('transport auto gets past a proxy that ends TLS itself', async () => {
  const silent = closing(await startSilentTls());
  const { front } = await start();
  let dials = 0;
  // The first connection is answered by somebody who names no protocol, the next one reaches the front.
  const proxy = closing(await startHttpProxy({ targetPort: () => (dials++ === 0 ? silent.port : front.port) }));
  await open({ port: 1, caPem: front.caPem }, { proxyUrl: `http://127.0.0.1:${proxy.port}` });
  expect(dials).toBe(2);
  expect(front.webSockets).toHaveLength(1);
});

test.each([
  ['auto', 'no agent protocol is served there'],
  ['websocket', 'it answered 404 to a WebSocket'],
] as const)('transport %s tells what is wrong where there is no agent protocol at all', async (transport, why) => {
  const { front } = await start(404);
  const message = `Cannot connect to "localhost:${front.port}": ${why}`;
  await expect(open(front, { transport })).rejects.toMatchObject({ code: 9303, message });
});

test('transport auto does not fall back from a certificate that it does not trust', async () => {
  const { front } = await start();
  const { caPem } = await makeTestCertificate();
  await expect(open({ port: front.port, caPem })).rejects.toMatchObject({ code: 9302 });
  expect(front.webSockets).toHaveLength(0);
});

test('a session over WebSocket comes back when it is cut, and is over at once when it is closed', async () => {
  const { server, front } = await start();
  const session = await open(front, { transport: 'websocket' });
  await session.forward({ upstream: '3000' });
  const online = new Promise<void>((resolve) => {
    session.on('status', ({ state }) => state === 'online' && resolve());
  });
  front.cut();
  await online;
  await server.until(() => server.binds.length === 2);
  const closed = new Promise<void>((resolve) => void front.webSockets[1]?.on('close', () => resolve()));
  await session.close();
  await closed;
  expect(server.auths).toHaveLength(2);
  expect(session.status).toMatchObject({ state: 'closed', reason: 'closed' });
});

test('a server that sends text over WebSocket loses the session', async () => {
  const { front } = await start();
  const session = await open(front, { transport: 'websocket' });
  const lost = once(session, 'status');
  // Part of a frame, which alone would be waited for.
  front.webSockets[0]?.send('\0');
  expect((await lost)[0]).toMatchObject({ state: 'reconnecting' });
});

test('messages are no larger than a server takes', async () => {
  const { front } = await start();
  const session = await open(front, { transport: 'websocket' });
  const sizes: number[] = [];
  front.webSockets[0]?.on('message', (data: Buffer) => sizes.push(data.length));
  await session.forward({ upstream: '3000', metadata: 'x'.repeat(300_000) });
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(300_000);
  expect(Math.max(...sizes)).toBe(65_536);
});

test('an attempt over WebSocket ends with its time or its signal', async () => {
  const { front } = await start();
  const controller = new AbortController();
  const attempt = open(front, { transport: 'websocket', signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(attempt).rejects.toThrow('enough');
});
