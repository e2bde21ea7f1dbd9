// Forwards with labels in a session: other ids than those of addresses, which stay.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { type MuxSession, streamTypes } from '@adit/wire';
import { expect, onTestFinished, test } from 'vitest';
import { TestServer, type TestServerBehaviour } from '../test-server.testkit.ts';
import { type ConnectOptions, connect } from './connect.ts';
import type { ForwardEvent } from './session-events.ts';

const labels = { app: 'shop' };

async function start(options: Partial<ConnectOptions> = {}, behaviour: Partial<TestServerBehaviour> = {}) {
  const server = await TestServer.start(behaviour);
  onTestFinished(() => server.close());
  const serverAddr = `localhost:${server.port}`;
  const session = await connect({ serverAddr, authtoken: 'adit_at_x', caPem: server.caPem, ...options });
  onTestFinished(() => session.close());
  const forwards: ForwardEvent[] = [];
  session.on('forward', (event) => void forwards.push(event));
  return { server, session, forwards };
}

async function startEcho(): Promise<string> {
  const service = createServer((socket) => void socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
  await once(service, 'listening');
  onTestFinished(() => void service.close());
  return `tcp://127.0.0.1:${(service.address() as AddressInfo).port}`;
}

async function echoOf(server: TestServer, id: string, by: MuxSession = server.session): Promise<string> {
  const stream = server.visit(id, 'tcp', by);
  stream.end('ping');
  return await text(stream).catch(() => 'refused');
}

test('a forward with labels has no URL, serves its visitors, and is unbound when it closes', async () => {
  const { server, session, forwards } = await start();
  const forward = await session.forward({ upstream: await startEcho(), labels, metadata: 'mine' });
  expect(server.starts).toMatchObject([{ Labels: labels, Metadata: 'mine' }]);
  expect(server.binds).toEqual([]);
  expect(forward).toMatchObject({ id: 'lt_0', url: '', labels });
  expect(forwards).toEqual([{ state: 'online', id: 'lt_0', url: '' }]);
  expect(await echoOf(server, 'lt_0')).toBe('ping');
  await forward.close();
  expect(server.unbinds).toEqual(['lt_0']);
  expect(await echoOf(server, 'lt_0')).toBe('refused');
});

test('a forward with an address has no labels', async () => {
  const { session } = await start();
  expect((await session.forward({ upstream: '3000' })).labels).toBeUndefined();
});

test('after a reconnect it is asked for again, and served under the new id only', async () => {
  const { server, session, forwards } = await start();
  const forward = await session.forward({ upstream: await startEcho(), labels });
  server.cut();
  await server.until(() => server.starts.length === 2);
  await expect.poll(() => forward.id).toBe('lt_1');
  expect(server.starts[1]).toEqual(server.starts[0]);
  expect(await echoOf(server, 'lt_1')).toBe('ping');
  expect(await echoOf(server, 'lt_0')).toBe('refused');
  expect(forwards.at(-1)).toEqual({ state: 'online', id: 'lt_1', url: '' });
  await forward.close();
  expect(server.unbinds).toEqual(['lt_1']);
});

test('refused after a reconnect it is over, with the reason', async () => {
  const startError = (count: number) => (count === 0 ? '' : 'these labels are not yours\n\nERR_NGROK_399');
  const { server, session } = await start({}, { startError });
  const forward = await session.forward({ upstream: '3000', labels });
  server.cut();
  expect(await forward.closed).toMatchObject({ code: 399, message: 'these labels are not yours' });
});

test('each leg serves it under the id that its server gave, and unbinds that', async () => {
  const { server, session } = await start({ legs: 2 });
  await server.until(() => server.auths.length === 2);
  const forward = await session.forward({ upstream: await startEcho(), labels });
  await expect.poll(() => server.starts.length).toBe(2);
  const [first, second] = server.sessions as [MuxSession, MuxSession];
  await expect.poll(() => echoOf(server, 'lt_1', second)).toBe('ping');
  expect(await echoOf(server, 'lt_0', first)).toBe('ping');
  expect(await echoOf(server, 'lt_1', first)).toBe('refused');
  expect(await echoOf(server, 'lt_0', second)).toBe('refused');
  await forward.close();
  expect(server.unbinds.toSorted()).toEqual(['lt_0', 'lt_1']);
});

test('one that its server stops is over, on that leg and the others', async () => {
  const { server, session } = await start({ legs: 2 });
  await server.until(() => server.auths.length === 2);
  const forward = await session.forward({ upstream: '3000', labels });
  await server.until(() => server.starts.length === 2);
  await expect.poll(() => forward.id).toBe('lt_1');
  const message = JSON.stringify({ Id: 'lt_0', Message: 'stopped by Ann', ErrorCode: '' });
  server.sessions[0]?.open(streamTypes.stopTunnel, Buffer.from(message)).end();
  expect(await forward.closed).toMatchObject({ message: 'stopped by Ann' });
  await server.until(() => server.unbinds.length === 1);
  expect(server.unbinds).toEqual(['lt_1']);
});

test('a listener with labels serves them, too', async () => {
  const { server, session } = await start();
  const listener = await session.listen({ labels });
  listener.serveFetch(({ url }) => new Response(url));
  expect(listener).toMatchObject({ id: 'lt_0', url: '', labels });
  const stream = server.visit('lt_0');
  stream.write('GET /a HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n');
  expect(await text(stream)).toMatch(/^HTTP\/1.1 200 [^]*http:\/\/shop\.example\/a/);
});
