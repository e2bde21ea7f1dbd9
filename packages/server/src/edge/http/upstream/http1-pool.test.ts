import { type Duplex, duplexPair } from 'node:stream';
import { AditError } from '@adit/contracts';
import { expect, test } from 'vitest';
import { fakeClock } from '../../../clock/fake-clock.testkit.ts';
import type { Link } from '../../../domain/link.ts';
import { fakeRoute, until, visitorFacts } from '../http-front.testkit.ts';
import { defaultHttpLimits } from '../http-limits.ts';
import type { UpstreamRequest } from '../upstream.ts';
import { Http1Pool } from './http1-pool.ts';
import { RecordingReceiver } from './recording-receiver.testkit.ts';

const get: UpstreamRequest = { method: 'GET', path: '/', headers: ['Host', 'a'], body: 'none', upgrade: null };

/** A pool over streams whose far ends the test plays. */
function startPool() {
  const far: Duplex[] = [];
  const near: Duplex[] = [];
  const heard: string[] = [];
  const link: Link = {
    kind: 'agent',
    open() {
      const [edge, service] = duplexPair();
      const at = far.push(service) - 1;
      near.push(edge);
      heard.push('');
      service.on('data', (chunk: Buffer) => {
        heard[at] += chunk.toString('latin1');
      });
      service.on('error', () => {});
      return edge;
    },
  };
  const clock = fakeClock();
  const pool = new Http1Pool(fakeRoute('a', { link }), visitorFacts, { clock, limits: defaultHttpLimits });
  const send = (request: Partial<UpstreamRequest> = {}) => {
    const receiver = new RecordingReceiver();
    return { receiver, exchange: pool.send({ ...get, ...request }, receiver) };
  };
  /** Waits until the service has heard so much, or the receiver was told so much. */
  const told = (receiver: RecordingReceiver, last: string) => until(() => receiver.told.at(-1) === last);
  return { pool, clock, far, near, heard, send, told };
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';

test('a request goes out as it was decided, and its answer comes back in order', async () => {
  const { send, far, heard, told } = startPool();
  const { receiver } = send({ path: '/a?b', headers: ['Host', 'x', 'X-A', '1'] });
  await until(() => heard[0] !== '');
  expect(heard[0]).toBe('GET /a?b HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n\r\n');
  far[0]?.write('HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 Fine\r\nX: y\r\nContent-Length: 2\r\n\r\nhi');
  await told(receiver, 'end');
  expect(receiver.told).toEqual(['interim 103 Link x', 'answer 200', 'body hi', 'end']);
  expect(receiver.answer).toEqual({
    status: 200,
    reason: 'Fine',
    headers: ['X', 'y', 'Content-Length', '2'],
    hasBody: true,
    mayHaveTrailers: false,
  });
});

test.each([
  ['length', 'hello'],
  ['chunked', '5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n'],
] as const)('a body framed by %s is written as such', async (body, expected) => {
  const { send, heard } = startPool();
  const { exchange } = send({ method: 'POST', body });
  exchange.write(Buffer.from('hello'));
  exchange.end(['X-Sum', '1']);
  await until(() => heard[0]?.endsWith(expected) ?? false);
  expect(heard[0]?.split('\r\n\r\n').slice(1).join('\r\n\r\n')).toBe(expected);
});

test('a large chunk is framed as well as a small one', async () => {
  const { send, heard } = startPool();
  const { exchange } = send({ method: 'POST', body: 'chunked' });
  exchange.write(Buffer.alloc(10_000, 'x'));
  exchange.end([]);
  await until(() => heard[0]?.endsWith('0\r\n\r\n') ?? false);
  expect(heard[0]).toContain(`\r\n\r\n2710\r\n${'x'.repeat(10_000)}\r\n0\r\n\r\n`);
});

test('a stream is used again when both messages were whole', async () => {
  const { send, far, near, told } = startPool();
  for (let i = 0; i < 3; i++) {
    const { receiver } = send();
    far[0]?.write(ok);
    await told(receiver, 'end');
  }
  expect(near).toHaveLength(1);
});

test.each([
  ['the upstream says close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi', {}],
  ['bytes follow the answer', `${ok}HTTP/1.1 200 OK\r\n`, {}],
  ['the answer came before the request was whole', ok, { method: 'POST', body: 'length' as const }],
  ['it spoke HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi', {}],
])('a stream is not used again when %s', async (_, answer, request) => {
  const { send, far, near, told } = startPool();
  const { receiver } = send(request);
  far[0]?.write(answer);
  await told(receiver, 'end');
  expect(near[0]?.destroyed).toBe(true);
  send();
  expect(near).toHaveLength(2);
});

test('a stream is not used again when the service answered a request that is still on its way', async () => {
  const { send, far, near, told } = startPool();
  const { receiver, exchange } = send({ method: 'POST', body: 'length' });
  far[0]?.pause();
  exchange.write(Buffer.alloc(200_000, 'x'));
  exchange.end([]);
  far[0]?.write(ok);
  await told(receiver, 'end');
  expect(near[0]?.destroyed).toBe(true);
});

test('a stream that has waited longer than the limit is not used again', async () => {
  const { send, far, near, told, clock } = startPool();
  const { receiver } = send();
  far[0]?.write(ok);
  await told(receiver, 'end');
  clock.advance(defaultHttpLimits.idleUpstreamMs + 1);
  send();
  expect(near).toHaveLength(2);
  expect(near[0]?.destroyed).toBe(true);
});

test('a stream that nobody uses is closed after the limit: thousands of idle visitors must not hold one each', async () => {
  const { send, far, near, told, clock } = startPool();
  const all = [send(), send()];
  for (const service of far) service.write(ok);
  await until(() => all.every(({ receiver }) => receiver.told.at(-1) === 'end'));
  clock.advance(defaultHttpLimits.idleUpstreamMs - 1);
  const { receiver } = send();
  far[1]?.write(ok);
  await told(receiver, 'end');
  clock.advance(1);
  expect(near.map((stream) => stream.destroyed)).toEqual([true, false]);
  clock.advance(defaultHttpLimits.idleUpstreamMs);
  expect(near.map((stream) => stream.destroyed)).toEqual([true, true]);
  expect(clock.pendingTimers).toBe(0);
});

test.each([
  ['bytes', (service: Duplex | undefined) => service?.write('HTTP/1.1 200 OK\r\n')],
  ['the end', (service: Duplex | undefined) => service?.end()],
])('an idle stream on which %s comes is closed', async (_, act) => {
  const { send, far, near, told } = startPool();
  const { receiver } = send();
  far[0]?.write(ok);
  await told(receiver, 'end');
  act(far[0]);
  await until(() => near[0]?.destroyed ?? false);
  send();
  expect(near).toHaveLength(2);
});

test.each([
  ['a fresh stream', false, 'failure 3004'],
  ['a stream that had waited', true, 'failure 3004 stale'],
])('%s that ends without an answer is told apart', async (_, isReused, expected) => {
  const { send, far, told } = startPool();
  if (isReused) {
    const { receiver } = send();
    far[0]?.write(ok);
    await told(receiver, 'end');
  }
  const { receiver } = send();
  far[0]?.end();
  await told(receiver, expected);
});

test('a stream is not stale once a byte of the answer has come', async () => {
  const { send, far, told } = startPool();
  const first = send();
  far[0]?.write(ok);
  await told(first.receiver, 'end');
  const { receiver } = send();
  far[0]?.end('HTTP/1.1 2');
  await told(receiver, 'failure 3004');
});

test.each([
  ['a lost stream', new Error('lost'), 'failure 9005'],
  ['an error of the link', new AditError(8012), 'failure 8012'],
])('%s is told as %s', async (_, error, expected) => {
  const { send, near, told } = startPool();
  const { receiver } = send();
  near[0]?.destroy(error);
  await told(receiver, expected);
});

test.each([
  ['garbage', 'SSH-2.0-x\r\n\r\n', ['failure 3004']],
  [
    'an end inside the body',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi',
    ['answer 200', 'body hi', 'failure 3004'],
  ],
  ['a 101 that nobody asked for', 'HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n', ['failure 3004']],
])('%s is told once', async (_, bytes, expected) => {
  const { send, far, told } = startPool();
  const { receiver } = send();
  far[0]?.end(bytes);
  await told(receiver, 'failure 3004');
  expect(receiver.told).toEqual(expected);
});

test('an answer without length lasts until the stream ends in order', async () => {
  const { send, far, told } = startPool();
  const { receiver } = send();
  far[0]?.end('HTTP/1.1 200 OK\r\n\r\nhi');
  await told(receiver, 'end');
  expect(receiver.told).toEqual(['answer 200', 'body hi', 'end']);
});

test('nothing is read while the receiver has paused', async () => {
  const { send, far, near, told } = startPool();
  const { receiver, exchange } = send();
  receiver.onPiece = () => exchange.pause();
  far[0]?.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\nX-T: 1\r\n\r\n');
  await told(receiver, 'body a');
  expect(near[0]?.isPaused()).toBe(true);
  exchange.resume();
  expect(receiver.told.at(-1)).toBe('body b');
  exchange.resume();
  expect(receiver.told).toEqual(['answer 200', 'body a', 'body b', 'end X-T 1']);
});

test('an upgrade hands over the raw stream with what came behind the head', async () => {
  const { send, far, told } = startPool();
  const { receiver } = send({ upgrade: ['websocket'] });
  far[0]?.write('HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\nfirst');
  await told(receiver, 'upgrade 101');
  const chunks: string[] = [];
  receiver.upgraded?.on('data', (chunk: Buffer) => chunks.push(chunk.toString())).resume();
  far[0]?.write('second');
  await until(() => chunks.join('') === 'firstsecond');
});

test('a request that was given up is told nothing, and its stream is closed', async () => {
  const { send, far, near, pool } = startPool();
  const { receiver, exchange } = send();
  exchange.abort();
  far[0]?.write(ok);
  expect(near[0]?.destroyed).toBe(true);
  pool.destroy();
  expect(receiver.told).toEqual([]);
});

test('what a finished request still calls does not reach the next one', async () => {
  const { send, far, near, told } = startPool();
  const first = send();
  far[0]?.write(ok);
  await told(first.receiver, 'end');
  const second = send();
  first.exchange.pause();
  first.exchange.write(Buffer.from('x'));
  first.exchange.abort();
  far[0]?.write(ok);
  await told(second.receiver, 'end');
  expect(near).toHaveLength(1);
});

test('a retired pool lets requests finish and keeps nothing', async () => {
  const { send, far, near, pool, told } = startPool();
  const { receiver } = send();
  pool.retire();
  far[0]?.write(ok);
  await told(receiver, 'end');
  expect(near[0]?.destroyed).toBe(true);
});

test('a pool keeps no more idle streams than its limit', async () => {
  const { send, far, near } = startPool();
  const all = Array.from({ length: defaultHttpLimits.maxIdleUpstreams + 2 }, () => send());
  for (const service of far) service.write(ok);
  await until(() => all.every(({ receiver }) => receiver.told.at(-1) === 'end'));
  expect(near.filter((stream) => !stream.destroyed)).toHaveLength(defaultHttpLimits.maxIdleUpstreams);
});
