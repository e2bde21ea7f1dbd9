import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { RefusedConnection } from './listener.ts';
import { openPlainListener, type PlainListenerOptions } from './plain-listener.ts';
import { proxyHeaders } from './proxy-header.testkit.ts';
import { connectionQuota } from './reception.ts';

const host = '127.0.0.1';
const clock = fakeClock();

test('openPlainListener() hands every socket over with who it is, and a half-closed client still gets its answer', async () => {
  const accepted = Promise.withResolvers<{ socket: Socket; facts: unknown }>();
  const listener = await openPlainListener({
    host,
    port: 0,
    clock,
    onConnection: (socket, { facts }) => accepted.resolve({ socket, facts }),
  });
  const client = connect({ host, port: listener.port });
  client.end('ping');
  const { socket, facts } = await accepted.promise;
  expect(facts).toEqual({
    ...{ clientIp: host, clientPort: client.localPort, serverIp: host, serverPort: listener.port },
    ...{ serverName: null, startedAtMs: clock.timeOfDay() },
  });
  await new Promise((resolve) => void socket.resume().once('end', resolve));
  socket.end('pong');
  const answer = await new Promise((resolve) => void client.once('data', resolve));
  expect(String(answer)).toBe('pong');
  await listener.close();
});

test('openPlainListener() refuses a port that is taken with 9220 and names it', async () => {
  const first = await openPlainListener({ host, port: 0, clock, onConnection: () => undefined });
  const { port } = first;
  await expect(openPlainListener({ host, port, clock, onConnection: () => undefined })).rejects.toMatchObject({
    code: 9220,
    message: `Cannot listen on "127.0.0.1:${port}": the port is in use`,
  });
  await first.close();
  const again = await openPlainListener({ host, port, clock, onConnection: () => undefined });
  await again.close();
});

test('openPlainListener() refuses an address of another machine with 9201', async () => {
  await expect(
    openPlainListener({ host: '203.0.113.1', port: 0, clock, onConnection: () => undefined }),
  ).rejects.toMatchObject({
    code: 9201,
    message: 'Cannot listen on "203.0.113.1:0": it is not an address of this machine (EADDRNOTAVAIL)',
  });
});

test('openPlainListener() refuses a port below 1024 with 9221', async (context) => {
  context.skip(process.getuid?.() === 0, 'root may use every port');
  await expect(openPlainListener({ host, port: 1, clock, onConnection: () => undefined })).rejects.toMatchObject({
    code: 9221,
  });
});

/** A listener that says in one word per connection whom it handed over and why it refused. */
async function listening(options: Partial<PlainListenerOptions> = {}) {
  const told: string[] = [];
  const received: string[] = [];
  const sockets: Socket[] = [];
  const listener = await openPlainListener({
    host,
    port: 0,
    clock,
    onConnection: (socket, { facts }) => {
      sockets.push(socket);
      told.push(`${facts.clientIp} ${facts.clientPort}`);
      socket.on('data', (data: Buffer) => received.push(data.toString('latin1')));
    },
    onRefused: ({ reason, clientIp }: RefusedConnection) => told.push(`${reason} ${clientIp}`),
    ...options,
  });
  const open = (bytes: Buffer | string): Socket => {
    const client = connect({ host, port: listener.port });
    sockets.push(client.on('error', () => undefined));
    client.write(bytes);
    return client;
  };
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await listener.close();
  });
  return { told, received, open, sockets };
}
const until = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 2, timeout: 15_000 });
const sendsProxyHeader = (ip: string): boolean => ip === host;
const request = 'GET / HTTP/1.1\r\n\r\n';

test('a PROXY header is taken off, and the request behind it arrives whole', async () => {
  const { told, received, open } = await listening({ sendsProxyHeader });
  const client = open(Buffer.concat([proxyHeaders['v2-tcp4'], Buffer.from('GET / HTTP/1.1\r\n')]));
  await until(() => expect(told).toEqual(['203.0.113.9 51234']));
  client.write('\r\n');
  await until(() => expect(received.join('')).toBe(request));
});

test('a request with its end in one segment with the PROXY header arrives whole', async () => {
  const { received, open, sockets } = await listening({ sendsProxyHeader });
  open(Buffer.concat([proxyHeaders['v1-tcp4'], Buffer.from(request)])).end();
  await until(() => expect(received.join('')).toBe(request));
  await until(() => expect(sockets.find((socket) => socket.readableEnded)).toBeDefined());
});

test('a listed peer without a PROXY header is hung up on, and no byte of it is handed over', async () => {
  const { told, received, open } = await listening({ sendsProxyHeader });
  const client = open(request);
  await until(() => expect(client.closed).toBe(true));
  expect([told, received]).toEqual([['proxy-header-invalid 127.0.0.1'], []]);
});

test('of another peer a PROXY header is nothing but bytes', async () => {
  const { received, open } = await listening();
  open(proxyHeaders['v1-tcp4']);
  await until(() => expect(received.join('')).toMatch(/^PROXY TCP4/));
});

test('listeners may share the count of a client, loopback is not counted', async () => {
  const connections = connectionQuota({ maxConnectionsPerClient: 1 }, (ip) => ip === '2001:db8::7');
  const first = await listening({ sendsProxyHeader, connections });
  const second = await listening({ sendsProxyHeader, connections });
  first.open(proxyHeaders['v1-tcp4']);
  await until(() => expect(first.told).toHaveLength(1));
  second.open(proxyHeaders['v1-tcp4']);
  await until(() => expect(second.told).toEqual(['too-many-connections 203.0.113.9']));
  for (const name of ['v1-tcp6', 'v2-tcp6', 'v2-local', 'v1-unknown'] as const) second.open(proxyHeaders[name]);
  await until(() => expect(second.told).toHaveLength(5));
  expect(second.told.filter((word) => word.startsWith('too-many'))).toHaveLength(1);
  for (const socket of first.sockets) socket.destroy();
  await until(() => expect(connections.size).toBe(4));
  second.open(proxyHeaders['v1-tcp4']);
  await until(() => expect(second.told).toContain('203.0.113.9 51234'));
});

test('every place is given back when its connection closes', async () => {
  const connections = connectionQuota({ maxConnectionsPerClient: 100 });
  const { told, open, sockets } = await listening({ connections });
  for (let i = 0; i < 20; i++) open(request);
  await until(() => expect(told).toHaveLength(20));
  expect(connections.size).toBe(20);
  for (const socket of sockets) socket.destroy();
  await until(() => expect(connections.size).toBe(0));
});
