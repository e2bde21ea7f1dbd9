import { once } from 'node:events';
import { createServer, type RequestListener, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { StallLimit } from './local-end.ts';
import { createLocalLink } from './local-link.ts';

const visitor = {
  clientIp: '203.0.113.9',
  clientPort: 51234,
  serverIp: '192.0.2.1',
  serverPort: 443,
  serverName: 'api.localhost',
};

function open(answer: RequestListener, stall?: StallLimit): Duplex {
  const link = createLocalLink(createServer(answer), stall && { stall });
  expect(link.kind).toBe('local');
  return link.open({ bindId: 'api', visitor, protocol: 'https' });
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

test('open() reaches a server that does not listen, and shows it the visitor', async () => {
  const stream = open((req, res) =>
    res.end(`${req.method} ${req.url} ${req.socket.remoteAddress}:${req.socket.remotePort}`),
  );
  const req = request({ createConnection: () => stream, path: '/hello', method: 'POST' });
  req.end('x');
  const [res] = await once(req, 'response');
  expect(await textOf(res)).toBe('POST /hello 203.0.113.9:51234');
});

test('open() carries several requests on one stream', async () => {
  const stream = open((req, res) => res.end(req.url));
  stream.write('GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  const text = await textOf(stream);
  expect(text).toContain('/1');
  expect(text).toContain('/2');
});

test('destroying the stream closes the response that runs on it', async () => {
  const isClosed = Promise.withResolvers<void>();
  const stream = open((_req, res) => {
    res.on('close', isClosed.resolve);
    res.write('first');
  });
  stream.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await once(stream, 'data');
  stream.destroy();
  await isClosed.promise;
});

test('a server that destroys its socket ends the stream', async () => {
  const stream = open((req) => req.socket.destroy());
  stream.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  stream.resume();
  await once(stream, 'close');
});

const large = Buffer.alloc(1024 * 1024, 'abcdefghij');
const get = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';

test('a large answer is handed over as it is read, and is not finished before', async () => {
  const events: string[] = [];
  const stream = open((_req, res) => {
    res.on('finish', () => events.push('finish'));
    res.end(large);
  });
  stream.write(get);
  await once(stream, 'readable');
  for (let turn = 0; turn < 10; turn++) await nextTurn();
  expect(stream.readableLength).toBeLessThan(200_000);
  expect(events).toEqual([]);
  expect((await textOf(stream)).endsWith(`\r\n\r\n${large.toString()}`)).toBe(true);
  expect(events).toEqual(['finish']);
});

test('a visitor who takes nothing for so long is cut off; one who takes a little is not', async () => {
  const clock = fakeClock();
  const stream = open((_req, res) => res.end(large), { clock, timeoutMs: 1_000 });
  stream.write(get);
  await once(stream, 'readable');
  for (let i = 0; i < 5; i++) {
    clock.advance(999);
    expect(stream.destroyed).toBe(false);
    stream.read(16 * 1024);
    await nextTurn();
  }
  clock.advance(1_000);
  await once(stream, 'close');
  expect(clock.pendingTimers).toBe(0);
});
