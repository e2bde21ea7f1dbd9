import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createWebSocketDoor } from './web-socket-door.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Door {
  readonly port: number;
  readonly accepted: { stream: Duplex; remoteAddress: string }[];
  /** The next agent. */
  arrival(): Promise<Duplex>;
}

async function open(): Promise<Door> {
  const accepted: Door['accepted'] = [];
  let arrived = Promise.withResolvers<Duplex>();
  const server = createWebSocketDoor({
    accept(stream, remoteAddress) {
      accepted.push({ stream: stream.on('error', () => {}), remoteAddress });
      arrived.resolve(stream);
      arrived = Promise.withResolvers();
    },
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  cleanUps.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, accepted, arrival: () => arrived.promise };
}

async function dial(door: Door): Promise<{ agent: WebSocket; stream: Duplex }> {
  const arriving = door.arrival();
  const agent = new WebSocket(`ws://127.0.0.1:${door.port}/`, 'adit.1');
  cleanUps.push(() => agent.terminate());
  const [stream] = await Promise.all([arriving, once(agent, 'open')]);
  return { agent, stream };
}

test('an agent is handed on as a byte stream, with its address', async () => {
  const door = await open();
  const { agent, stream } = await dial(door);
  expect(agent.protocol).toBe('adit.1');
  expect(door.accepted[0]?.remoteAddress).toBe('127.0.0.1');
  agent.send(Buffer.from('from the agent'));
  expect(String((await once(stream, 'data'))[0])).toBe('from the agent');
  stream.write('from us');
  const [message, isBinary] = (await once(agent, 'message')) as [Buffer, boolean];
  expect([String(message), isBinary]).toEqual(['from us', true]);
});

test.each([
  ['another path', '/other', {}, '404'],
  ['no subprotocol', '/', { 'Sec-WebSocket-Protocol': '' }, '400'],
  ['another subprotocol', '/', { 'Sec-WebSocket-Protocol': 'mqtt, adit.2' }, '400'],
  ['a page', '/', { Origin: 'https://example.com' }, '403'],
  ['another version', '/', { 'Sec-WebSocket-Version': '12' }, '400'],
])('an upgrade with %s is refused', async (_what, path, changes, status) => {
  const door = await open();
  const headers = {
    ...{ Host: 'x', Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Protocol': 'adit.1' },
    ...{ 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==' },
    ...changes,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(door.port, '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  expect(await text(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(door.accepted).toHaveLength(0);
});

test('anybody else is told who connects here', async () => {
  const door = await open();
  const [answer] = await once(request({ port: door.port, host: '127.0.0.1', agent: false }).end(), 'response');
  expect(answer.statusCode).toBe(426);
  expect(await text(answer)).toContain('adit http');
});

test.each([
  ['text', (agent: WebSocket) => agent.send('text'), 1003],
  ['more than a message may hold', (agent: WebSocket) => agent.send(Buffer.alloc(65_537)), 1009],
])('an agent that sends %s loses its connection', async (_what, send, code) => {
  const { agent, stream } = await dial(await open());
  const closed = new Promise<void>((resolve) => void stream.resume().on('close', () => resolve()));
  send(agent);
  expect((await once(agent, 'close'))[0]).toBe(code);
  stream.end();
  await closed;
});

test('the stream closes when the agent is gone, and the agent when the stream is destroyed', async () => {
  const door = await open();
  const first = await dial(door);
  const isOver = once(first.stream.resume(), 'end');
  first.agent.terminate();
  await isOver;
  const second = await dial(door);
  const isGone = once(second.agent, 'close');
  second.stream.destroy();
  expect((await isGone)[0]).toBe(1006);
});

test('a stream that nobody reads holds the agent up', async () => {
  const { agent, stream } = await dial(await open());
  const piece = Buffer.alloc(65_536);
  let sent = 0;
  // Until the kernel takes no more: the callback of a write waits for that.
  await new Promise<void>((resolve) => {
    const send = () => {
      if (agent.bufferedAmount > 0 || sent > 64 * 1024 * 1024) return resolve();
      sent += piece.length;
      agent.send(piece);
      setImmediate(send);
    };
    send();
  });
  expect(agent.bufferedAmount).toBeGreaterThan(0);
  expect(stream.readableLength).toBeLessThan(1024 * 1024);
});
