import { expect, test } from 'vitest';
import { answerHead, answerWith, nothing, turns, type Visit, visit } from './codec-owner.testkit.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const upload = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n';
const limits = {
  headTimeoutMs: 100,
  bodyIdleTimeoutMs: 1000,
  writeStallTimeoutMs: 10_000,
  discardTimeoutMs: 50,
  drainTimeoutMs: 1,
};

function refusedWith({ owner, received }: Visit, code: number): void {
  expect(owner.problems.map((problem) => problem.code)).toEqual([code]);
  expect(received()).toMatch(/HTTP\/1\.1 408 Refused\r\nContent-Length: 0\r\n\r\n$/);
}

test('a head that takes too long from its first byte to its last is refused, on a kept-alive connection too', async () => {
  const visited = visit({ limits, onExchange: ({ exchange }) => answerWith(exchange, 'ok') });
  const { clock, owner, send } = visited;
  await send(get);
  clock.advance(5000);
  for (const part of ['GET / HT', 'TP/1.1\r\n', 'Host: a\r\n']) {
    await send(part);
    clock.advance(33);
  }
  expect(owner.problems).toEqual([]);
  clock.advance(1);
  await turns();
  refusedWith(visited, 9008);
  expect(owner.seen).toHaveLength(1);
});

test('a head that is whole in time starts no clock for the next', async () => {
  const { clock, owner, send } = visit({ limits, onExchange: ({ exchange }) => answerWith(exchange, 'ok') });
  await send('GET / HTTP/1.1\r\n');
  clock.advance(99);
  await send('\r\n');
  clock.advance(100_000);
  await send(get);
  expect(owner.seen).toHaveLength(2);
  expect(owner.problems).toEqual([]);
  clock.advance(100_000);
  expect(clock.pendingTimers).toBe(0);
});

test('content that rests too long before an answer has begun is refused', async () => {
  const visited = visit({ limits, onExchange: ({ exchange }) => exchange.resumeBody() });
  const { clock, owner, send } = visited;
  await send(upload);
  for (const byte of 'abc') {
    clock.advance(999);
    await send(byte);
  }
  clock.advance(999);
  expect(owner.problems).toEqual([]);
  clock.advance(1);
  await turns();
  refusedWith(visited, 9008);
  expect(owner.seen[0]).toMatchObject({ body: 'abc', closes: [false] });
});

test.each<[string, (visited: Visit) => void]>([
  ['that nobody wants', ({ owner }) => owner.seen[0]?.exchange.pauseBody()],
  ['beside an answer that has begun', ({ owner }) => owner.seen[0]?.exchange.answer(answerHead())],
])('content %s may rest', async (_, act) => {
  const visited = visit({ limits, onExchange: ({ exchange }) => exchange.resumeBody() });
  await visited.send(upload);
  act(visited);
  await turns();
  visited.clock.advance(100_000);
  await turns();
  expect(visited.owner).toMatchObject({ problems: [], closes: 0 });
  expect(visited.owner.seen[0]?.closes).toEqual([]);
});

test('content that was not wanted for long has its whole time once it is', async () => {
  const { clock, owner, send } = visit({ limits });
  await send(upload);
  clock.advance(5000);
  owner.seen[0]?.exchange.resumeBody();
  clock.advance(999);
  expect(owner.problems).toEqual([]);
  clock.advance(1);
  expect(owner.problems).toHaveLength(1);
});

test('content that rests beside an answer that is whole cuts the connection', async () => {
  const { clock, owner, send, stream } = visit({ limits, onExchange: ({ exchange }) => exchange.resumeBody() });
  await send(upload);
  answerWith(owner.seen[0]!.exchange, 'ok');
  await turns();
  clock.advance(10_000);
  await turns();
  expect(owner.seen[0]?.closes).toEqual([false]);
  expect(owner.problems).toEqual([]);
  expect(stream.destroyed).toBe(true);
});

test('content that rests beside an answer whose end added nothing cuts the connection', async () => {
  const { clock, owner, send, stream } = visit({ limits, onExchange: ({ exchange }) => exchange.resumeBody() });
  await send(upload);
  const { exchange } = owner.seen[0]!;
  exchange.answer(answerHead({ headers: ['Content-Length', '0'] }));
  await turns();
  clock.advance(1_000_000);
  expect(stream.destroyed).toBe(false);
  exchange.end([]);
  clock.advance(1_000_000);
  expect(stream.destroyed).toBe(true);
});

test('a visitor who takes no bytes is cut, one who takes some is not', async () => {
  const { clock, owner, send, stream, visitor } = visit({ limits, isReading: false });
  await send(get);
  const { exchange } = owner.seen[0]!;
  exchange.answer(answerHead());
  for (let i = 0; i < 10; i++) exchange.write(Buffer.alloc(64 * 1024));
  await turns();
  for (let i = 0; i < 5; i++) {
    clock.advance(9_999);
    expect(stream.destroyed).toBe(false);
    expect(visitor.read(64 * 1024)).toHaveLength(64 * 1024);
    await turns();
  }
  clock.advance(9_999);
  expect(stream.destroyed).toBe(false);
  clock.advance(1);
  await turns();
  expect(stream.destroyed).toBe(true);
  expect(owner.seen[0]?.closes).toEqual([false]);
});

test('an answer that says nothing for long is not stalled', async () => {
  const { clock, owner, send } = visit({ limits });
  await send(get);
  owner.seen[0]?.exchange.answer(answerHead());
  await turns();
  clock.advance(1_000_000);
  owner.seen[0]?.exchange.write(Buffer.from('x'));
  await turns();
  clock.advance(1_000_000);
  expect(owner.seen[0]?.closes).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});

test('a visitor who has ended his side and hears nothing of an answer under way is taken for gone', async () => {
  const { clock, owner, send, visitor } = visit({ limits });
  await send(get);
  visitor.end();
  await turns();
  clock.advance(1_000_000);
  expect(owner.closes).toBe(0);
  const { exchange } = owner.seen[0]!;
  exchange.answer(answerHead());
  await turns();
  clock.advance(9_999);
  exchange.write(Buffer.from('x'));
  await turns();
  clock.advance(9_999);
  expect(exchange.isClosed).toBe(false);
  clock.advance(1);
  await turns();
  expect(owner.seen[0]?.closes).toEqual([false]);
  expect(owner.closes).toBe(1);
});

test('a visitor who ends his side in the middle of a silent answer has his time from then on', async () => {
  const { clock, owner, send, visitor } = visit({ limits });
  await send(get);
  const { exchange } = owner.seen[0]!;
  exchange.answer(answerHead());
  await turns();
  clock.advance(1_000_000);
  visitor.end();
  await turns();
  clock.advance(9_999);
  expect(exchange.isClosed).toBe(false);
  clock.advance(1);
  expect(exchange.isClosed).toBe(true);
});

test('content is thrown away for so long and no longer', async () => {
  const { clock, owner, send, received, visitor } = visit({ limits });
  await send(`${upload}abc`);
  answerWith(owner.seen[0]!.exchange, 'no', { status: 403 });
  owner.seen[0]?.exchange.discardBody();
  await turns();
  clock.advance(49);
  await send('d');
  expect(visitor.readableEnded).toBe(false);
  clock.advance(1);
  await turns();
  expect(visitor.readableEnded).toBe(true);
  expect(received()).toMatch(/no$/);
  clock.advance(50);
  await turns();
  expect(owner.closes).toBe(1);
  expect(clock.pendingTimers).toBe(0);
});

test('a visitor who does not leave when the connection has ended is cut', async () => {
  const { clock, owner, send } = visit({ limits });
  await send('hello\r\n\r\n');
  clock.advance(49);
  await turns();
  expect(owner.closes).toBe(0);
  clock.advance(1);
  await turns();
  expect(owner.closes).toBe(1);
  expect(clock.pendingTimers).toBe(0);
});

test('a visitor who does not even take our end is cut', async () => {
  const { clock, owner, stream, transport } = visit({ limits, isReading: false });
  stream._final = nothing;
  transport.drain();
  await turns();
  clock.advance(9_999);
  expect(stream.destroyed).toBe(false);
  clock.advance(1);
  await turns();
  expect(owner.closes).toBe(1);
});

test('requests one after the other set one timer, not one each', async () => {
  const { clock, owner, send } = visit({ limits, onExchange: ({ exchange }) => answerWith(exchange, 'ok') });
  for (let i = 0; i < 50; i++) {
    await send(get);
    expect(clock.pendingTimers).toBeLessThanOrEqual(1);
  }
  expect(owner.seen).toHaveLength(50);
});
