// What an owner answers, as the visitor sees it.
import { expect, test } from 'vitest';
import type { Exchange, HeaderLines } from '../exchange.ts';
import {
  accepted,
  answerHead,
  answerWith,
  dateLine,
  HeldStream,
  turns,
  type Visit,
  visit,
} from './codec-owner.testkit.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const head = 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n';
const oldGet = 'GET / HTTP/1.0\r\n\r\n';
const oldKeepAlive = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n';
const abc = Buffer.from('abc');

async function asked(
  bytes: string,
  options: Parameters<typeof visit>[0] = {},
): Promise<Visit & { exchange: Exchange }> {
  const visited = visit(options);
  await visited.send(bytes);
  return { ...visited, exchange: visited.owner.seen[0]!.exchange };
}

const lengthOf = (length: number): HeaderLines => ['content-length', String(length)];
const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = 'Transfer-Encoding: chunked\r\n';
const close = 'Connection: close\r\n';

test.each<[string, string, Partial<Parameters<typeof answerHead>[0]>, string, string, boolean]>([
  ['a length', get, { headers: lengthOf(3) }, `${ok}content-length: 3\r\n\r\n`, 'abc', true],
  ['no length', get, {}, `${ok}${chunked}\r\n`, '3\r\nabc\r\n0\r\n\r\n', true],
  [
    'a length, last',
    get,
    { headers: lengthOf(3), isLast: true },
    `${ok}content-length: 3\r\n${close}\r\n`,
    'abc',
    false,
  ],
  ['a length to HTTP/1.0', oldGet, { headers: lengthOf(3) }, `${ok}content-length: 3\r\n${close}\r\n`, 'abc', false],
  [
    'a length to HTTP/1.0 with keep-alive',
    oldKeepAlive,
    { headers: lengthOf(3) },
    `${ok}content-length: 3\r\nConnection: keep-alive\r\n\r\n`,
    'abc',
    true,
  ],
  ['no length to HTTP/1.0', oldKeepAlive, {}, `${ok}${close}\r\n`, 'abc', false],
  ['HEAD', head, { headers: lengthOf(3) }, `${ok}content-length: 3\r\n\r\n`, '', true],
  ['HEAD without length', head, {}, `${ok}\r\n`, '', true],
  [
    '204 with a length',
    get,
    { status: 204, headers: ['X', 'y', ...lengthOf(3)] },
    'HTTP/1.1 204 No Content\r\nX: y\r\n\r\n',
    '',
    true,
  ],
  [
    '304',
    get,
    { status: 304, headers: lengthOf(3) },
    'HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\n',
    '',
    true,
  ],
  [
    'a reason',
    get,
    { status: 299, reason: 'Fine', headers: lengthOf(3) },
    'HTTP/1.1 299 Fine\r\ncontent-length: 3\r\n\r\n',
    'abc',
    true,
  ],
])('an answer with %s', async (_, bytes, parts, expectedHead, content, goesOn) => {
  const { exchange, owner, received, send } = await asked(bytes);
  exchange.answer(answerHead(parts));
  exchange.write(abc);
  exchange.end([]);
  await turns();
  expect(received()).toBe(expectedHead + content);
  expect(owner.seen[0]?.closes).toEqual([true]);
  await send(get);
  expect(owner.seen).toHaveLength(goesOn ? 2 : 1);
});

test('an answer without content says so', async () => {
  const { exchange, received } = await asked(get);
  exchange.answer(answerHead({ hasBody: false, headers: ['X', 'y'] }));
  exchange.end([]);
  await turns();
  expect(received()).toBe(`${ok}X: y\r\nContent-Length: 0\r\n\r\n`);
});

test('`Connection: close` of the visitor is kept, and what he sends behind it is not served', async () => {
  const { exchange, owner, received } = await asked(`GET / HTTP/1.1\r\nConnection: close\r\n\r\n${get}`);
  answerWith(exchange, 'abc');
  await turns();
  expect(received()).toContain(close);
  expect(owner.seen).toHaveLength(1);
});

test.each([
  [true, `${ok}${chunked}\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n`],
  [false, `${ok}${chunked}\r\n3\r\nabc\r\n0\r\n\r\n`],
])('trailers end the chunks if the head allowed them: %s', async (mayHaveTrailers, expected) => {
  const { exchange, received } = await asked(get);
  exchange.answer(answerHead({ mayHaveTrailers }));
  exchange.write(abc);
  exchange.end(['X-Sum', '1']);
  await turns();
  expect(received()).toBe(expected);
});

test('an empty piece does not end the chunks', async () => {
  const { exchange, received } = await asked(get);
  exchange.answer(answerHead());
  exchange.write(Buffer.alloc(0));
  exchange.write(abc);
  exchange.end([]);
  await turns();
  expect(received()).toBe(`${ok}${chunked}\r\n3\r\nabc\r\n0\r\n\r\n`);
});

test.each([
  ['a length', lengthOf(6)],
  ['chunks', []],
])('a small answer with %s leaves in one write, an answer to the next request in another', async (_, headers) => {
  const { exchange, owner, writes, send } = await asked(get);
  for (const answered of [exchange, null]) {
    if (answered === null) await send(get);
    const { exchange: current } = owner.seen.at(-1)!;
    current.answer(answerHead({ headers }));
    current.write(abc);
    current.write(abc);
    current.end([]);
    await turns();
  }
  expect(writes).toHaveLength(2);
  expect(writes[0]).toMatch(/abc/);
});

test('a head alone leaves in the turn it was given, and each later piece in its own', async () => {
  const { exchange, writes } = await asked(get);
  exchange.answer(answerHead());
  await turns(1);
  expect(writes).toEqual([`${ok}${chunked}\r\n`]);
  exchange.write(abc);
  exchange.write(abc);
  await turns(1);
  expect(writes[1]).toBe('3\r\nabc\r\n3\r\nabc\r\n');
  exchange.end([]);
  expect(writes[2]).toBe('0\r\n\r\n');
});

test('nothing is written for an end that adds nothing', async () => {
  const { exchange, owner, writes } = await asked(get);
  exchange.answer(answerHead({ headers: lengthOf(3) }));
  exchange.write(abc);
  await turns();
  exchange.end([]);
  await turns();
  expect(writes).toHaveLength(1);
  expect(owner.seen[0]?.closes).toEqual([true]);
});

test('large pieces are handed on, not copied', async () => {
  const { exchange, stream } = await asked(get);
  const handed: unknown[] = [];
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (...args: unknown[]) => {
    handed.push(args[0]);
    return write(...args);
  };
  const large = Buffer.alloc(16 * 1024, 'x');
  exchange.answer(answerHead());
  exchange.write(large);
  exchange.write(large);
  exchange.end([]);
  expect(handed.filter((chunk) => chunk === large)).toHaveLength(2);
  expect(handed.map(String).join('').replace(dateLine, '')).toBe(
    `${ok}${chunked}\r\n4000\r\n${'x'.repeat(16384)}\r\n4000\r\n${'x'.repeat(16384)}\r\n0\r\n\r\n`,
  );
});

test('write() answers false while more than the limit waits, and onDrain comes when it no longer does', async () => {
  const limits = { maxWaitingBytes: 100_000 };
  const { exchange, owner, stream, visitor } = await asked(get, { isReading: false, limits });
  const seen = owner.seen[0]!;
  const piece = Buffer.alloc(10_000, 'x');
  exchange.answer(answerHead());
  let most = 0;
  for (let refusals = -1; refusals < seen.drains; ) {
    while (exchange.write(piece)) most = Math.max(most, stream.writableLength);
    refusals++;
    await turns();
  }
  expect(most).toBeLessThanOrEqual(100_000);
  expect(stream.writableLength).toBeGreaterThan(100_000);
  const { drains } = seen;
  visitor.resume();
  await turns(30);
  expect(seen.drains).toBe(drains + 1);
  expect(exchange.write(piece)).toBe(true);
  exchange.end([]);
  await turns(30);
  expect(seen).toMatchObject({ drains: drains + 1, closes: [true] });
});

test('bytes that have not left this turn count as waiting', async () => {
  const { exchange, owner } = await asked(get, { limits: { maxWaitingBytes: 1000 } });
  exchange.answer(answerHead());
  expect(exchange.write(Buffer.alloc(500))).toBe(true);
  expect(exchange.write(Buffer.alloc(500))).toBe(false);
  await turns();
  expect(owner.seen[0]?.drains).toBe(1);
});

/** An answer on a stream that takes what it is given only when told to. */
function heldAnswer(maxWaitingBytes: number) {
  const stream = new HeldStream();
  const { owner } = accepted(new HeldStream(), stream, { limits: { maxWaitingBytes } });
  stream.push(get);
  return { stream, owner, exchange: () => owner.seen[0]!.exchange };
}

test('onDrain waits for the last write if that alone is over the limit', async () => {
  const { stream, owner, exchange } = heldAnswer(100_000);
  await turns(2);
  exchange().answer(answerHead());
  expect(exchange().write(Buffer.alloc(80_000))).toBe(true);
  expect(exchange().write(Buffer.alloc(200_000))).toBe(false);
  await stream.finishOne();
  expect(owner.seen[0]?.drains).toBe(0);
  await stream.finishOne();
  expect(owner.seen[0]?.drains).toBe(1);
});

test('large and small pieces of one turn reach the stream together, and what is small later is joined again', async () => {
  const { stream, exchange } = heldAnswer(100_000);
  await turns(2);
  exchange().answer(answerHead({ headers: lengthOf(20_009) }));
  for (const piece of [abc, Buffer.alloc(20_000, 'x'), abc]) exchange().write(piece);
  await turns(2);
  await stream.finishOne();
  exchange().write(abc.subarray(0, 1));
  exchange().write(abc.subarray(1));
  await turns(2);
  expect(stream.batches.map((parts) => parts.length)).toEqual([4, 1]);
  expect(stream.batches[0]?.join('')).toMatch(/\r\n\r\nabcx{20000}abc$/);
  expect(stream.batches[1]).toEqual(['abc']);
});

test.each<[string, HeaderLines, (exchange: Exchange) => void]>([
  ['more than its length', lengthOf(2), (exchange) => exchange.write(abc)],
  ['more than its length in a second piece', lengthOf(4), (exchange) => exchange.write(abc) && exchange.write(abc)],
  ['less than its length', lengthOf(4), (exchange) => exchange.write(abc) && exchange.end([])],
  ['an abort', [], (exchange) => exchange.abort()],
])('%s cuts the connection, and the visitor notices', async (_, headers, act) => {
  const { exchange, owner, received, visitor } = await asked(get);
  exchange.answer(answerHead({ headers }));
  await turns();
  act(exchange);
  expect(exchange.isClosed).toBe(true);
  await turns();
  expect(owner.seen[0]?.closes).toEqual([false]);
  expect(owner.closes).toBe(1);
  expect(received()).not.toMatch(/abca|0\r\n\r\n$/);
  visitor.destroy();
});

test('content of an answer that says it has none cuts the connection', async () => {
  const { exchange, owner } = await asked(get);
  exchange.answer(answerHead({ hasBody: false }));
  expect(exchange.write(abc)).toBe(false);
  await turns();
  expect(owner.seen[0]?.closes).toEqual([false]);
});

test('abort() behind end() is harmless, and so is every call behind the close', async () => {
  const { exchange, owner, received } = await asked(get);
  answerWith(exchange, 'abc');
  exchange.abort();
  await turns();
  expect(owner.seen[0]?.closes).toEqual([true]);
  const before = received();
  exchange.resumeBody();
  exchange.pauseBody();
  exchange.inform(103, []);
  exchange.answer(answerHead());
  expect(exchange.write(abc)).toBe(false);
  exchange.end([]);
  exchange.discardBody();
  exchange.abort();
  await turns();
  expect(received()).toBe(before);
  expect(owner).toMatchObject({ closes: 0 });
  expect(owner.seen[0]?.closes).toEqual([true]);
});

test.each<[string, (exchange: Exchange) => void]>([
  ['write() without an answer', (exchange) => exchange.write(abc)],
  ['end() without an answer', (exchange) => exchange.end([])],
  ['acceptUpgrade() of what is no upgrade', (exchange) => exchange.acceptUpgrade(answerHead({ status: 101 }))],
])('%s is a TypeError', async (_, act) => {
  const { exchange } = await asked(get);
  expect(() => act(exchange)).toThrow(TypeError);
});

test.each<[string, HeaderLines]>([
  ['a line that would split the head', ['X', 'a\r\nY: b']],
  ['a character that latin1 would turn into a line end', ['X', 'a\u010a']],
  ['two lengths', [...lengthOf(3), ...lengthOf(3)]],
  ['a length that is none', ['Content-Length', '+3']],
])('%s is thrown before a byte leaves, and another answer can be given', async (_, headers) => {
  const { exchange, received } = await asked(get);
  expect(() => exchange.answer(answerHead({ headers }))).toThrow(/Cannot/);
  expect(exchange.isAnswered).toBe(false);
  answerWith(exchange, 'abc', { status: 502 });
  await turns();
  expect(received()).toMatch(/^HTTP\/1\.1 502 /);
});

test.each([
  ['no date', [], 'Content-Length: 2\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n'],
  ['a date', ['DATE', 'yesterday'], 'DATE: yesterday\r\nContent-Length: 2\r\n'],
])('an answer that brings %s has one', async (_, lines, expected) => {
  const { send, receivedBytes } = visit({
    onExchange: ({ exchange }) => answerWith(exchange, 'hi', { headers: [...lines, 'Content-Length', '2'] }),
  });
  await send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(receivedBytes()).toBe(`HTTP/1.1 200 OK\r\n${expected}\r\nhi`);
});
