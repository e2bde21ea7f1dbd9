import type { ServerHttp2Stream } from 'node:http2';
import { AditError } from '@adit/contracts';
import { expect, test } from 'vitest';
import { until } from '../http-front.testkit.ts';
import { defaultHttpLimits } from '../http-limits.ts';
import type { UpstreamRequest } from '../upstream.ts';
import { http2Upstream, startPool } from './http2-upstream.testkit.ts';
import type { RecordingReceiver } from './recording-receiver.testkit.ts';

const cancelled = 8;
const refused = 7;
const post: Partial<UpstreamRequest> = { method: 'POST', body: 'chunked' };

const isOver = ({ told }: RecordingReceiver): boolean => /^(failure|end)/.test(told.at(-1) ?? '');
const over = (receiver: RecordingReceiver): Promise<void> => until(() => isOver(receiver));
const hello = (stream: ServerHttp2Stream): void => {
  stream.respond({ ':status': 200 });
  stream.end('hello');
};

test('a request arrives as it was decided, and its answer comes back with its lines as they were', async () => {
  let seen: string[] = [];
  const upstream = http2Upstream((stream, lines) => {
    seen = lines;
    stream.respond([':status', '200', 'x-a', '1', 'set-cookie', 'a=\xe9', 'set-cookie', 'b', 'content-length', '5']);
    stream.end('hello');
  });
  const { send } = startPool(upstream.serve);
  const twice = ['User-Agent', 'a', 'User-Agent', 'b'];
  const headers = ['Host', 'a.test:8443', 'X-Name', 'v\xe9', ...twice, 'Connection', 'TE', 'TE', 'trailers'];
  const { receiver } = send({ path: '/p?q', headers });
  await over(receiver);
  expect(receiver.told).toEqual(['answer 200', 'body hello', 'end']);
  expect(receiver.answer).toEqual({
    status: 200,
    reason: null,
    headers: expect.arrayContaining(['x-a', '1', 'set-cookie', 'a=\xe9', 'b', 'content-length', '5']),
    hasBody: true,
    mayHaveTrailers: true,
  });
  expect(seen).toEqual([
    ...[':method', 'GET', ':scheme', 'http', ':authority', 'a.test:8443', ':path', '/p?q'],
    ...['x-name', 'v\xe9', 'user-agent', 'a', 'user-agent', 'b', 'te', 'trailers'],
  ]);
});

test('trailers go both ways, and interim answers come as they are sent', async () => {
  let trailers: string[] = [];
  const upstream = http2Upstream((stream) => {
    // The type declarations lack the third parameter.
    stream.on('trailers', (...given: unknown[]) => {
      trailers = given[2] as string[];
    });
    stream.additionalHeaders({ ':status': 103, link: '</a>' });
    stream.respond({ ':status': 200 }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': 'ok' }));
    stream.pipe(stream);
  });
  const { send } = startPool(upstream.serve);
  const { receiver, exchange } = send(post);
  exchange.write(Buffer.from('echo'));
  exchange.end(['X-Sum', '1', 'x-sum', '2', 'x-sum', '3', 'x-other', '4']);
  await over(receiver);
  expect(receiver.told).toEqual([
    'interim 103 link </a>',
    'answer 200',
    'body echo',
    'end grpc-status 0 grpc-message ok',
  ]);
  expect(trailers).toEqual(['x-sum', '1', 'x-sum', '2', 'x-sum', '3', 'x-other', '4']);
});

test.each<[string, Partial<UpstreamRequest>, number]>([
  ['HEAD', { method: 'HEAD' }, 200],
  ['status 204', {}, 204],
  ['status 304', {}, 304],
  ['a head that is the whole answer', {}, 500],
])('an answer to %s has no body, and ends', async (_, request, status) => {
  const upstream = http2Upstream((stream) => {
    stream.respond({ ':status': status, 'grpc-status': '12' }, { endStream: status === 500 });
    if (status !== 500) stream.end();
  });
  const { send } = startPool(upstream.serve);
  const { receiver } = send(request);
  await over(receiver);
  expect(receiver.told).toEqual([`answer ${status}`, 'end']);
  expect(receiver.answer).toMatchObject({ hasBody: false, mayHaveTrailers: false });
});

test('a hundred requests share one stream of the link', async () => {
  const upstream = http2Upstream((stream) => void stream.on('data', () => {}).on('end', () => hello(stream)));
  const { near, send } = startPool(upstream.serve);
  const all = Array.from({ length: 100 }, () => send(post));
  for (const { exchange } of all) exchange.end([]);
  for (const { receiver } of all) await over(receiver);
  expect(all.every(({ receiver }) => receiver.told.join() === 'answer 200,body hello,end')).toBe(true);
  expect(near).toHaveLength(1);
});

test('messages go both ways one after another, each before the next', async () => {
  const upstream = http2Upstream((stream) => {
    stream.respond({ ':status': 200 });
    stream.on('data', (chunk: Buffer) => stream.write(`re ${chunk}`)).on('end', () => stream.end());
  });
  const { send } = startPool(upstream.serve);
  const { receiver, exchange } = send(post);
  for (let i = 1; i <= 3; i++) {
    exchange.write(Buffer.from(`${i}`));
    await until(() => receiver.told.at(-1) === `body re ${i}`);
  }
  exchange.end([]);
  await over(receiver);
});

test('an upstream that does not read stops the sender, and tells it when it reads again', async () => {
  const upstream = http2Upstream((stream) => void stream.pause());
  const { send } = startPool(upstream.serve);
  const { receiver, exchange } = send(post);
  const piece = Buffer.alloc(16_384);
  let sent = 1;
  while (exchange.write(piece)) sent++;
  expect(sent * piece.length).toBeLessThan(200_000);
  await until(() => upstream.streams.length === 1);
  for (let i = 0; i < 20; i++) if (receiver.told.length > 0) exchange.write(piece);
  upstream.streams[0]?.resume();
  await until(() => receiver.told.at(-1) === 'drain');
});

test('an upstream is stopped while the receiver has paused, and loses nothing', async () => {
  const total = 4_000_000;
  let written = 0;
  const upstream = http2Upstream((stream) => {
    stream.respond({ ':status': 200 });
    const more = (): void => {
      while (written < total) {
        written += 10_000;
        if (!stream.write(Buffer.alloc(10_000, written / 10_000))) return void stream.once('drain', more);
      }
      stream.end();
    };
    more();
  });
  const { send } = startPool(upstream.serve);
  const { receiver, exchange } = send();
  receiver.onPiece = () => exchange.pause();
  await until(() => receiver.told.length === 2);
  let turns = 0;
  await until(() => ++turns > 500);
  expect(written).toBeLessThan(defaultHttpLimits.h2UpstreamStreamWindowBytes + 200_000);
  expect(receiver.told).toHaveLength(2);
  receiver.onPiece = () => {};
  exchange.resume();
  await over(receiver);
  const body = receiver.told.filter((line) => line.startsWith('body ')).map((line) => line.slice(5));
  const expected = Array.from({ length: 400 }, (_, i) => String.fromCharCode((i + 1) % 256).repeat(10_000));
  expect(body.join('') === expected.join('')).toBe(true);
});

test('stalled answers share what may wait, and go on when they are read', async () => {
  const upstream = http2Upstream((stream) => {
    stream.respond({ ':status': 200 });
    stream.end(Buffer.alloc(1_000_000));
  });
  const { near, send } = startPool(upstream.serve);
  let carried = 0;
  const all = Array.from({ length: 50 }, () => send());
  for (const { exchange } of all) exchange.pause();
  near[0]?.on('data', (chunk: Buffer) => {
    carried += chunk.length;
  });
  let turns = 0;
  await until(() => ++turns > 2_000);
  expect(carried).toBeLessThan(8_000_000);
  for (const { exchange } of all) exchange.resume();
  for (const { receiver } of all) await over(receiver);
  expect(all.every(({ receiver }) => receiver.told.at(-1) === 'end')).toBe(true);
});

test('a fast answer gets a larger window', async () => {
  const upstream = http2Upstream((stream) => {
    stream.respond({ ':status': 200 });
    stream.end(Buffer.alloc(8_000_000));
  });
  const { send } = startPool(upstream.serve);
  const { receiver } = send();
  await over(receiver);
  expect(upstream.sessions[0]?.remoteSettings.initialWindowSize).toBeGreaterThanOrEqual(1024 * 1024);
});

test('a request that was given up is told nothing and cancelled, and no other is', async () => {
  const upstream = http2Upstream(() => {});
  const { near, send } = startPool(upstream.serve);
  const [first, second] = [send(), send()];
  await until(() => upstream.streams.length === 2);
  first.exchange.abort();
  await until(() => upstream.streams[0]?.destroyed ?? false);
  expect(upstream.streams[0]?.rstCode).toBe(cancelled);
  for (const stream of upstream.streams.slice(1)) hello(stream);
  await over(second.receiver);
  expect(first.receiver.told).toEqual([]);
  expect(near[0]?.destroyed).toBe(false);
});

test('what a finished request still calls is harmless', async () => {
  const upstream = http2Upstream(hello);
  const { send } = startPool(upstream.serve);
  const { receiver, exchange } = send();
  await over(receiver);
  expect(exchange.write(Buffer.from('x'))).toBe(true);
  exchange.pause();
  exchange.resume();
  exchange.end([]);
  exchange.abort();
  const { receiver: next } = send();
  await over(next);
  expect([receiver, next].map(({ told }) => told.at(-1))).toEqual(['end', 'end']);
});

test('an answer that comes before the request is whole is whole itself, and ends the request', async () => {
  const upstream = http2Upstream((stream) => {
    stream.respond({ ':status': 413 });
    stream.end('too large');
  });
  const { send } = startPool(upstream.serve);
  const { receiver, exchange } = send(post);
  exchange.write(Buffer.alloc(100_000));
  await over(receiver);
  expect(receiver.told.filter((line) => line !== 'drain')).toEqual(['answer 413', 'body too large', 'end']);
  expect(exchange.write(Buffer.alloc(1))).toBe(true);
  await until(() => upstream.streams[0]?.destroyed ?? false);
});

test.each(['whole', 'sent in part'])(
  'an upstream that ends the connection behind a whole answer takes nothing from a slow reader; request %s',
  async (how) => {
    const upstream = http2Upstream((stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.alloc(100_000, 'x'));
    });
    const { far, near, send } = startPool(upstream.serve);
    const { receiver, exchange } = send(how === 'whole' ? {} : post);
    receiver.onPiece = () => exchange.pause();
    await until(() => receiver.told.length === 2);
    await until(() => upstream.streams[0]?.writableFinished ?? false);
    await new Promise((resolve) => setTimeout(resolve, 20));
    far[0]?.end();
    await until(() => near[0]?.destroyed ?? false);
    expect(receiver.told).toHaveLength(2);
    // One piece for each call, and the end behind the last.
    while (!isOver(receiver)) {
      const before = receiver.told.length;
      exchange.resume();
      await until(() => receiver.told.length > before);
    }
    const bodies = receiver.told.filter((line) => line.startsWith('body '));
    expect(bodies.join('').replaceAll('body ', '')).toHaveLength(100_000);
    expect(receiver.told.at(-1)).toBe('end grpc-status 0');
  },
);

test('the link and its failures are asked for once for each connection', async () => {
  const upstream = http2Upstream(hello);
  const { near, send } = startPool(upstream.serve);
  const { receiver } = send();
  near[0]?.destroy(new AditError(8012));
  await over(receiver);
  expect(receiver.told).toEqual(['failure 8012']);
  const { receiver: next } = send();
  await over(next);
  expect(next.told.at(-1)).toBe('end');
  expect(near).toHaveLength(2);
});

test.each([
  ['a fresh connection', false, 'failure 9005'],
  ['a connection that has answered', true, 'failure 9005 stale'],
])('%s that is lost before an answer is told apart', async (_, isReused, expected) => {
  const upstream = http2Upstream((stream) => {
    if (isReused && upstream.streams.length === 1) hello(stream);
  });
  const { near, send } = startPool(upstream.serve);
  if (isReused) await over(send().receiver);
  const { receiver } = send();
  await until(() => upstream.streams.length === (isReused ? 2 : 1));
  near[0]?.destroy();
  await over(receiver);
  expect(receiver.told).toEqual([expected]);
});

test('a connection that has begun to answer is not stale', async () => {
  const upstream = http2Upstream((stream) => {
    if (upstream.streams.length === 1) return hello(stream);
    stream.additionalHeaders({ ':status': 103 });
  });
  const { near, send } = startPool(upstream.serve);
  await over(send().receiver);
  const { receiver } = send();
  await until(() => receiver.told.length === 1);
  near[0]?.destroy();
  await over(receiver);
  expect(receiver.told).toEqual(['interim 103', 'failure 9005']);
});

test('after GOAWAY requests under way finish, those that were not seen are stale, and new ones get a new connection', async () => {
  const upstream = http2Upstream((stream) => {
    if (upstream.sessions.length > 1) hello(stream);
  });
  const { near, send } = startPool(upstream.serve);
  const first = send();
  await until(() => upstream.streams.length === 1);
  upstream.sessions[0]?.goaway(0, 1);
  const unseen = send();
  await over(unseen.receiver);
  expect(unseen.receiver.told).toEqual(['failure 9005 stale']);
  await over(send().receiver);
  expect(near).toHaveLength(2);
  for (const stream of upstream.streams.slice(0, 1)) hello(stream);
  await over(first.receiver);
  expect(first.receiver.told.at(-1)).toBe('end');
  await until(() => near[0]?.destroyed ?? false);
});

test('refused requests are stale, but not for ever', async () => {
  const upstream = http2Upstream((stream) => stream.close(refused));
  const { send } = startPool(upstream.serve, { maxConcurrentStreams: 3 });
  const told: (string | undefined)[] = [];
  for (let i = 0; i < 4; i++) {
    const { receiver } = send();
    await over(receiver);
    told.push(receiver.told.at(-1));
  }
  expect(told).toEqual([...Array.from({ length: 3 }, () => 'failure 9005 stale'), 'failure 9005']);
});

test('requests wait while the upstream takes no more at once, but only so many', async () => {
  let isAnswering = false;
  const upstream = http2Upstream((stream) => void (isAnswering && hello(stream)), { maxConcurrentStreams: 1 });
  const { send } = startPool(upstream.serve, { maxQueuedUpstreamRequests: 2 });
  const first = send();
  // By now its SETTINGS have come.
  await until(() => upstream.streams.length === 1);
  let turns = 0;
  await until(() => ++turns > 20);
  const waiting = [send(), send()];
  expect(() => send()).toThrow(expect.objectContaining({ code: 3210 }));
  isAnswering = true;
  for (const stream of upstream.streams) hello(stream);
  for (const { receiver } of [first, ...waiting]) await over(receiver);
  expect(upstream.streams).toHaveLength(3);
});

test('a request that cannot be said in HTTP/2 fails by itself', async () => {
  const upstream = http2Upstream(hello);
  const { send } = startPool(upstream.serve);
  const { receiver } = send({ headers: ['Host', 'a', 'bad name', 'x'] });
  expect(receiver.told).toEqual(['failure 9002']);
  await over(send().receiver);
});

test('trailers that cannot be said in HTTP/2 fail their request alone', async () => {
  const upstream = http2Upstream((stream) => void stream.resume());
  const { send } = startPool(upstream.serve);
  const { receiver, exchange } = send(post);
  exchange.end(['bad name', 'x']);
  await over(receiver);
  expect(receiver.told).toEqual(['failure 9002']);
});

test('closeIdle() closes a connection only when nothing is under way', async () => {
  const upstream = http2Upstream(() => {});
  const { near, pool, send } = startPool(upstream.serve);
  const { receiver } = send();
  await until(() => upstream.streams.length === 1);
  pool.closeIdle();
  expect(near[0]?.destroyed).toBe(false);
  for (const stream of upstream.streams) hello(stream);
  await over(receiver);
  await until(() => {
    pool.closeIdle();
    return near[0]?.destroyed ?? false;
  });
  send();
  expect(near).toHaveLength(2);
});

test('a retired pool lets requests finish and keeps nothing', async () => {
  const upstream = http2Upstream(() => {});
  const { near, pool, send } = startPool(upstream.serve);
  const { receiver } = send();
  pool.retire();
  await until(() => upstream.streams.length === 1);
  expect(near[0]?.destroyed).toBe(false);
  for (const stream of upstream.streams) hello(stream);
  await over(receiver);
  expect(receiver.told.at(-1)).toBe('end');
  await until(() => near[0]?.destroyed ?? false);
  // A decision may have taken so long that the request comes after all.
  const late = send();
  await until(() => upstream.streams.length === 2);
  for (const stream of upstream.streams.slice(1)) hello(stream);
  await over(late.receiver);
  await until(() => near[1]?.destroyed ?? false);
});

test('destroy() closes everything at once', async () => {
  const upstream = http2Upstream(() => {});
  const { near, pool, send } = startPool(upstream.serve);
  send();
  await until(() => upstream.streams.length === 1);
  pool.destroy();
  expect(near[0]?.destroyed).toBe(true);
  await until(() => upstream.streams[0]?.destroyed ?? false);
});
