// What a pool of HTTP/2 connections keeps, and for how long.
import type { ServerHttp2Stream } from 'node:http2';
import { HeldBudget } from '@adit/wire';
import { describe, expect, test, vi } from 'vitest';
import { until } from '../http-front.testkit.ts';
import { defaultHttpLimits } from '../http-limits.ts';
import type { UpstreamExchange, UpstreamRequest } from '../upstream.ts';
import { http2Upstream, startPool, type TestPool } from './http2-upstream.testkit.ts';
import type { RecordingReceiver } from './recording-receiver.testkit.ts';

const post: Partial<UpstreamRequest> = { method: 'POST', body: 'chunked' };

const isOver = ({ told }: RecordingReceiver): boolean => /^(failure|end)/.test(told.at(-1) ?? '');
const over = (receiver: RecordingReceiver): Promise<void> => until(() => isOver(receiver));
/** Until nothing moves any more: streams in memory need no more. */
const someTurns = (): Promise<void> => {
  let turns = 0;
  return until(() => ++turns > 20);
};
const hello = (stream: ServerHttp2Stream): void => {
  stream.respond({ ':status': 200 });
  stream.end('hello');
};

test('a connection that nobody uses is closed after the limit: thousands of idle visitors must not hold one each', async () => {
  const upstream = http2Upstream(() => {});
  const { clock, near, send } = startPool(upstream.serve);
  const { idleUpstreamMs } = defaultHttpLimits;
  for (let i = 1; i <= 2; i++) {
    const { receiver } = send();
    if (i === 1) clock.advance(idleUpstreamMs * 3);
    await until(() => upstream.streams.length === i);
    for (const stream of upstream.streams.slice(-1)) hello(stream);
    await over(receiver);
    await someTurns();
    clock.advance(idleUpstreamMs - 1);
  }
  expect(near.map((stream) => stream.destroyed)).toEqual([false]);
  clock.advance(1);
  expect(near.map((stream) => stream.destroyed)).toEqual([true]);
  expect(clock.pendingTimers).toBe(0);
  await until(() => upstream.sessions[0]?.destroyed ?? false);
});

test('an idle connection that is closed for another reason has no timer left', async () => {
  const { clock, pool, send } = startPool(http2Upstream(hello).serve);
  await over(send().receiver);
  await until(() => clock.pendingTimers === 1);
  pool.destroy();
  await until(() => clock.pendingTimers === 0);
});

test('a connection whose timer is late is not used again', async () => {
  const upstream = http2Upstream(hello);
  const { clock, near, send } = startPool(upstream.serve);
  await over(send().receiver);
  await until(() => clock.pendingTimers === 1);
  // As when the event loop was busy.
  vi.spyOn(clock, 'now').mockReturnValue(clock.now() + defaultHttpLimits.idleUpstreamMs + 1);
  await over(send().receiver);
  expect(near.map((stream) => stream.destroyed)).toEqual([true, false]);
});

test('a connection that carries an upgraded stream is not idle', async () => {
  const upstream = http2Upstream((stream) => stream.respond({ ':status': 200 }), { enableConnectProtocol: true });
  const { clock, near, send } = startPool(upstream.serve);
  const { receiver } = send({ upgrade: ['websocket'], headers: ['Host', 'a', 'Upgrade', 'websocket'] });
  await until(() => receiver.upgraded !== null);
  clock.advance(defaultHttpLimits.idleUpstreamMs * 10);
  expect(near[0]?.destroyed).toBe(false);
  receiver.upgraded?.destroy();
  await until(() => clock.pendingTimers === 1);
  clock.advance(defaultHttpLimits.idleUpstreamMs);
  expect(near[0]?.destroyed).toBe(true);
});

describe('an upload that the upstream does not take', () => {
  const { answerHeadTimeoutMs } = defaultHttpLimits;

  /** Sends until there is no room. */
  async function stall(answer: (stream: ServerHttp2Stream) => void = () => {}) {
    const upstream = http2Upstream((stream) => answer(stream.pause()));
    const { clock, pool, send } = startPool(upstream.serve);
    const { receiver, exchange } = send(post);
    const drains = (): number => receiver.told.filter((line) => line === 'drain').length;
    /** Window and all: until nothing drains any more. A request that is over takes everything. */
    const fill = async (): Promise<void> => {
      for (let before = -1; drains() > before && before < 50; ) {
        before = drains();
        for (let pieces = 0; pieces < 100 && exchange.write(Buffer.alloc(16_384)); pieces++);
        await someTurns();
      }
    };
    await fill();
    await until(() => upstream.streams.length === 1);
    return { clock, exchange, fill, pool, receiver, upstream };
  }
  type RunningUpload = Awaited<ReturnType<typeof stall>>;

  test('fails with 9001 when no answer comes either', async () => {
    const { clock, exchange, receiver } = await stall();
    clock.advance(answerHeadTimeoutMs - 1);
    // More for it to take changes nothing.
    expect(exchange.write(Buffer.alloc(100_000))).toBe(false);
    expect(isOver(receiver)).toBe(false);
    clock.advance(1);
    expect(receiver.told.at(-1)).toBe('failure 9001');
  });

  test('has its whole time again once all that waited was taken', async () => {
    const { clock, fill, receiver, upstream } = await stall();
    clock.advance(answerHeadTimeoutMs - 1);
    upstream.streams[0]?.resume();
    const { length } = receiver.told;
    await until(() => receiver.told.length > length);
    await someTurns();
    upstream.streams[0]?.pause();
    clock.advance(answerHeadTimeoutMs * 2);
    await fill();
    clock.advance(answerHeadTimeoutMs - 1);
    expect(receiver.told).not.toContain('failure 9001');
    clock.advance(1);
    expect(receiver.told.at(-1)).toBe('failure 9001');
  });

  test('has no timer left when the visitor is gone', async () => {
    const { clock, pool } = await stall();
    pool.destroy();
    await until(() => clock.pendingTimers === 0);
  });

  const answering = (stream: ServerHttp2Stream): void => stream.respond({ ':status': 200 });
  const answered = ({ receiver }: RunningUpload): Promise<void> => until(() => receiver.answer !== null);

  test.each<[string, (upload: RunningUpload) => Promise<void> | void, answer?: typeof answering]>([
    ['was answered', answered, answering],
    ['stalls again behind its answer', (upload) => answered(upload).then(upload.fill), answering],
    ['is whole: who sent it watches for the answer', ({ exchange }) => exchange.end([])],
    ['was given up', ({ exchange }) => exchange.abort()],
  ])('has no such limit when it %s', async (_, act, answer) => {
    const upload = await stall(answer);
    await act(upload);
    upload.clock.advance(answerHeadTimeoutMs * 3);
    expect(upload.receiver.told).not.toContain('failure 9001');
  });
});

test.each([
  ['in the middle', 300_000, 20],
  ['whole', 60_000, 1],
])('requests that were given up while their answers waited here, %s, leave nothing behind', async (_, bytes, times) => {
  const upstream = http2Upstream((stream) => {
    stream.respond({ ':status': 200 });
    stream.end(Buffer.alloc(bytes));
  });
  const { clock, near, send } = startPool(upstream.serve);
  for (let i = 0; i < times; i++) {
    const { receiver, exchange } = send();
    receiver.onPiece = () => exchange.pause();
    await until(() => receiver.told.length >= 2);
    await someTurns();
    exchange.abort();
  }
  await until(() => clock.pendingTimers > 0);
  clock.advance(defaultHttpLimits.idleUpstreamMs);
  expect(near.map((stream) => stream.destroyed)).toEqual([true]);
});

describe('what waits here of answers', () => {
  const limit = 600_000;
  /** An upstream of which each answer is as long as its request says, over pools that share what may wait. */
  function startPools() {
    const upstream = http2Upstream((stream, lines) => {
      stream.respond({ ':status': 200 });
      stream.end(Buffer.alloc(Number(lines[lines.indexOf(':path') + 1]?.slice(1))));
    });
    const held = new HeldBudget(limit);
    const pools = [startPool(upstream.serve, {}, held), startPool(upstream.serve, {}, held)] as const;
    /** A request whose answer is read no further than its first piece. */
    const stall = async (pool: TestPool, bytes: number) => {
      const { receiver, exchange } = pool.send({ path: `/${bytes}` });
      receiver.onPiece = () => exchange.pause();
      await until(() => receiver.told.length === 2);
      await someTurns();
      return { exchange, receiver };
    };
    return { held, pools, stall };
  }

  test('is bounded over all connections: the one that holds most loses its fullest answer', async () => {
    const { held, pools, stall } = startPools();
    const leave = vi.spyOn(held, 'leave');
    const [one, two] = pools;
    const small = await stall(one, 100_000);
    const fullest = await stall(two, 240_000);
    const other = await stall(two, 200_000);
    expect(held.heldBytes).toBeGreaterThan(400_000);
    const last = await stall(one, 230_000);
    expect(fullest.receiver.told.at(-1)).toBe('failure 9005');
    for (const { receiver } of [small, other, last]) expect(receiver.told).toHaveLength(2);
    expect(held.heldBytes).toBeLessThanOrEqual(limit);
    for (const { exchange, receiver } of [small, other, last]) {
      receiver.onPiece = () => {};
      exchange.resume();
      await over(receiver);
      expect(receiver.told.at(-1)).toBe('end');
    }
    expect(held.heldBytes).toBe(0);
    // Both connections: who holds nothing is forgotten.
    expect(new Set(leave.mock.calls.flat()).size).toBe(2);
  });

  test.each<[string, (pool: TestPool, exchange: UpstreamExchange) => void]>([
    ['its request was given up', (_, exchange) => exchange.abort()],
    ['the visitor has left', ({ pool }) => pool.destroy()],
    ['the link was cut', ({ near }) => near[0]?.destroy()],
  ])('counts no more when %s', async (_, act) => {
    const { held, pools, stall } = startPools();
    const { exchange } = await stall(pools[0], 1_000_000);
    expect(held.heldBytes).toBeGreaterThan(100_000);
    act(pools[0], exchange);
    await until(() => held.heldBytes === 0);
  });

  test('counts until it is read when the upstream has closed the connection behind it', async () => {
    const { held, pools, stall } = startPools();
    const { exchange, receiver } = await stall(pools[0], 100_000);
    pools[0].far[0]?.end();
    await until(() => pools[0].near[0]?.destroyed ?? false);
    await someTurns();
    expect(held.heldBytes).toBeGreaterThan(30_000);
    receiver.onPiece = () => {};
    exchange.resume();
    await over(receiver);
    expect([receiver.told.at(-1), held.heldBytes]).toEqual(['end', 0]);
  });

  test('counts with what each piece costs: an upstream may send a byte at a time', async () => {
    const upstream = http2Upstream((stream) => {
      stream.respond({ ':status': 200 });
      for (let i = 0; i < 1_000; i++) stream.write('x');
    });
    const { held, send } = startPool(upstream.serve);
    const { receiver, exchange } = send();
    receiver.onPiece = () => exchange.pause();
    await until(() => held.heldBytes > 50_000);
  });
});
