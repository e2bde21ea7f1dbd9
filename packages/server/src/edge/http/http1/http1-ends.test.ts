// How connections end: by the visitor, by us, by an upgrade.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { answerHead, answerWith, turns, until, type Visit, visit, visitOverTcp } from './codec-owner.testkit.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const upload = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc';
const upgrade = 'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: custom\r\n\r\n';
const switching = answerHead({ status: 101, headers: ['Upgrade', 'custom'], hasBody: false, isLast: true });

test('a visitor who ends his side behind a request gets his answer, then the connection closes', async () => {
  const { owner, received, visitor, send } = await visitOverTcp();
  await send(get);
  await until(() => owner.seen.length === 1);
  visitor.end();
  await turns(20);
  expect(owner.seen[0]?.exchange.isClosed).toBe(false);
  answerWith(owner.seen[0]!.exchange, 'late');
  await once(visitor, 'end');
  expect(received()).toMatch(/late$/);
  await until(() => owner.closes === 1);
  expect(owner.seen[0]?.closes).toEqual([true]);
});

test('requests sent ahead of the end are all served', async () => {
  const { owner, received, visitor } = visit({ onExchange: ({ exchange }) => answerWith(exchange, exchange.target) });
  visitor.end(get + get.replace('/', '/2') + get.replace('/', '/3'));
  await turns(20);
  expect(received().match(/\/\d?$|\/\d?(?=HTTP)/g)).toEqual(['/', '/2', '/3']);
  expect(owner.seen.map(({ closes }) => closes)).toEqual([[true], [true], [true]]);
  expect(owner).toMatchObject({ closes: 1, problems: [] });
});

test.each([
  ['before any request', ''],
  ['in the middle of a head', 'GET / HTTP/1.1\r\nHo'],
])('a visitor who ends his side %s is left in silence', async (_, bytes) => {
  const { owner, received, visitor, clock } = visit();
  if (bytes !== '') visitor.write(bytes);
  visitor.end();
  await turns();
  expect(received()).toBe('');
  expect(owner).toMatchObject({ closes: 1, problems: [], seen: [] });
  expect(clock.pendingTimers).toBe(0);
});

test.each([true, false])(
  'a visitor who ends his side in the middle of content is gone; read by then: %s',
  async (isRead) => {
    const { owner, send, visitor } = visit({ onExchange: ({ exchange }) => isRead && exchange.resumeBody() });
    await send(upload);
    visitor.end();
    await turns();
    if (!isRead) {
      expect(owner.closes).toBe(0);
      owner.seen[0]?.exchange.resumeBody();
      await turns();
    }
    expect(owner.seen[0]).toMatchObject({ body: 'abc', trailers: null, closes: [false] });
    expect(owner.closes).toBe(1);
  },
);

test('a visitor who is lost while he waits is noticed at once', async () => {
  const { owner, send, visitor } = visit();
  await send(get);
  visitor.destroy();
  await turns();
  expect(owner.seen[0]).toMatchObject({ closes: [false] });
  expect(owner.seen[0]?.exchange.isClosed).toBe(true);
  expect(owner.closes).toBe(1);
});

test('whoever ends his side and waits is asked by TCP whether he is still there, nobody else', async () => {
  const { owner, send, stream, visitor } = visit({ limits: { halfClosedProbeMs: 7_000 } });
  const asked: unknown[][] = [];
  Object.assign(stream, { setKeepAlive: (...args: unknown[]) => asked.push(args) });
  await send(get);
  expect(asked).toEqual([]);
  visitor.end();
  await turns();
  expect(asked).toEqual([[true, 7_000]]);
  // As the system says it when no answer came.
  stream.destroy(Object.assign(new Error('read ETIMEDOUT'), { code: 'ETIMEDOUT' }));
  await turns();
  expect(owner.seen[0]).toMatchObject({ closes: [false] });
});

test('a visitor over TCP who ended his side is asked, too', async () => {
  const { owner, send, stream, visitor } = await visitOverTcp();
  const setKeepAlive = vi.spyOn(stream as Socket, 'setKeepAlive');
  await send(get);
  await until(() => owner.seen.length === 1);
  visitor.end();
  await until(() => setKeepAlive.mock.calls.length > 0);
  expect(setKeepAlive.mock.calls).toEqual([[true, 30_000]]);
});

test('a visitor who resets the connection while he waits is noticed at once', async () => {
  const { owner, send, visitor } = await visitOverTcp();
  await send(get);
  await until(() => owner.seen.length === 1);
  (visitor as unknown as { resetAndDestroy(): void }).resetAndDestroy();
  await until(() => owner.closes === 1);
  expect(owner.seen[0]?.closes).toEqual([false]);
});

test('on a stream that is not half-open the end of the visitor is the end of the exchange', async () => {
  const { owner, send, visitor } = await visitOverTcp({ allowHalfOpen: false });
  await send(get);
  await until(() => owner.seen.length === 1);
  visitor.end();
  await until(() => owner.closes === 1);
  expect(owner.seen[0]?.closes).toEqual([false]);
});

test('an answer that was cut does not look whole to a TCP visitor of HTTP/1.0', async () => {
  const { owner, send, visitor, received } = await visitOverTcp();
  await send('GET / HTTP/1.0\r\n\r\n');
  await until(() => owner.seen.length === 1);
  const failed = once(visitor, 'error').catch((error: unknown) => [error]);
  owner.seen[0]?.exchange.answer(answerHead());
  owner.seen[0]?.exchange.write(Buffer.from('half'));
  await until(() => received().endsWith('half'));
  owner.seen[0]?.exchange.abort();
  expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
});

test.each([
  ['on a stream that is not half-open', 'GET / HTTP/1.0\r\n\r\n', false],
  ['in the middle of content', 'POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nabc', true],
])('nor does it to one who ended his side %s', async (_, bytes, allowHalfOpen) => {
  const { owner, visitor, received } = await visitOverTcp({
    allowHalfOpen,
    onExchange: ({ exchange }) => exchange.resumeBody(),
  });
  visitor.write(bytes);
  await until(() => owner.seen.length === 1);
  const failed = once(visitor, 'error').catch((error: unknown) => [error]);
  owner.seen[0]?.exchange.answer(answerHead());
  owner.seen[0]?.exchange.write(Buffer.from('half'));
  await until(() => received().endsWith('half'));
  visitor.end();
  expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
  expect(owner.seen[0]?.closes).toEqual([false]);
});

test('an answer that was given whole but did not leave is not whole', async () => {
  const { owner, send, visitor } = await visitOverTcp({ isReading: false });
  await send(get);
  await until(() => owner.seen.length === 1);
  const { exchange } = owner.seen[0]!;
  exchange.answer(answerHead());
  for (let i = 0; i < 100; i++) exchange.write(Buffer.alloc(200_000));
  exchange.end([]);
  await turns(20);
  expect(owner.seen[0]?.closes).toEqual([]);
  (visitor as unknown as { resetAndDestroy(): void }).resetAndDestroy();
  await until(() => owner.closes === 1);
  expect(owner.seen[0]?.closes).toEqual([false]);
});

test.each([
  ['an answer', get, [true]],
  ['a refusal', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', [false]],
])('an owner may destroy the connection when he hears of the end of %s', async (_, bytes, closes) => {
  const visited = visit();
  await visited.send(bytes + get);
  const { owner, received } = visited;
  const seen = owner.seen[0]!;
  seen.onClosed = () => visited.transport.destroy();
  if (closes[0]) answerWith(seen.exchange, 'ok');
  else seen.exchange.resumeBody();
  await turns();
  expect(seen.closes).toEqual(closes);
  expect(owner).toMatchObject({ closes: 1 });
  expect(owner.seen).toHaveLength(1);
  expect(visited.clock.pendingTimers).toBe(0);
  expect(received()).not.toContain('Refused');
});

test('an answer that ends by the close of the connection looks whole', async () => {
  const { owner, send, visitor, received } = await visitOverTcp();
  await send('GET / HTTP/1.0\r\n\r\n');
  await until(() => owner.seen.length === 1);
  owner.seen[0]?.exchange.answer(answerHead());
  owner.seen[0]?.exchange.write(Buffer.from('whole'));
  owner.seen[0]?.exchange.end([]);
  await once(visitor, 'end');
  expect(received()).toMatch(/whole$/);
  visitor.end();
  await until(() => owner.closes === 1);
});

test('an answer reaches a visitor who goes on sending what nobody reads', async () => {
  const { owner, visitor, received } = await visitOverTcp();
  visitor.write(`GET / HTTP/1.1\r\nX: ${'x'.repeat(600_000)}`);
  await once(visitor, 'end');
  expect(received()).toMatch(/^HTTP\/1\.1 431 Refused\r\n/);
  visitor.end();
  await until(() => owner.closes === 1);
});

test('whoever sends too much behind the end of the connection is cut', async () => {
  const { owner, send, stream } = visit({ limits: { maxDiscardBytes: 100 } });
  await send('hello\r\n\r\n');
  expect(owner.problems).toHaveLength(1);
  await send('x'.repeat(100));
  expect(stream.destroyed).toBe(false);
  await send('x');
  expect(stream.destroyed).toBe(true);
  expect(owner.closes).toBe(1);
});

test.each([
  ['before any request', ''],
  ['between requests', get],
  ['in the middle of a head', 'GET /'],
])('drain() %s ends the connection', async (_, bytes) => {
  const { owner, send, visitor, transport } = visit({ onExchange: ({ exchange }) => answerWith(exchange, 'ok') });
  if (bytes !== '') await send(bytes);
  transport.drain();
  await turns();
  expect(visitor.readableEnded).toBe(true);
  expect(owner.closes).toBe(0);
  visitor.end();
  await turns();
  expect(owner).toMatchObject({ closes: 1, problems: [] });
});

test.each([true, false])('drain() lets the answer under way finish; begun by then: %s', async (hasBegun) => {
  const { owner, send, visitor, transport, received } = visit();
  await send(get + get);
  const { exchange } = owner.seen[0]!;
  if (hasBegun) exchange.answer(answerHead());
  transport.drain();
  if (!hasBegun) exchange.answer(answerHead());
  await turns();
  expect(visitor.readableEnded).toBe(false);
  exchange.write(Buffer.from('whole'));
  exchange.end([]);
  await turns();
  expect(received()).toMatch(/5\r\nwhole\r\n0\r\n\r\n$/);
  expect(received().includes('Connection: close')).toBe(!hasBegun);
  expect(visitor.readableEnded).toBe(true);
  expect(owner.seen).toHaveLength(1);
  expect(owner.seen[0]?.closes).toEqual([true]);
});

test('an answer of an owner who is draining says close', async () => {
  const { owner, send, received, visitor } = visit();
  owner.isDraining = true;
  await send(get);
  answerWith(owner.seen[0]!.exchange, 'ok');
  await turns();
  expect(received()).toContain('Connection: close');
  expect(visitor.readableEnded).toBe(true);
});

test('destroy() cuts whatever is under way', async () => {
  const { owner, send, transport, visitor } = visit();
  await send(get);
  transport.destroy();
  await turns();
  expect(owner.seen[0]?.closes).toEqual([false]);
  expect(owner.closes).toBe(1);
  expect(visitor.destroyed || visitor.readableEnded || visitor.errored !== null).toBe(true);
});

test('a stream that was closed before it was accepted is told as closed', async () => {
  const dead = visit();
  dead.stream.destroy();
  await turns();
  const { Http1Codec } = await import('./http1-codec.ts');
  const { FakeCodecOwner } = await import('./codec-owner.testkit.ts');
  const { defaultHttpLimits } = await import('../http-limits.ts');
  const owner = new FakeCodecOwner(() => {});
  new Http1Codec({ clock: dead.clock, limits: defaultHttpLimits }).accept(dead.stream, owner);
  await turns();
  expect(owner.closes).toBe(1);
});

async function upgraded(bytes = upgrade): Promise<Visit & { raw: Duplex }> {
  const visited = visit();
  await visited.send(bytes);
  return { ...visited, raw: visited.owner.seen[0]!.exchange.acceptUpgrade(switching) };
}

test('acceptUpgrade() hands over the stream with all that came early, and none of our listeners', async () => {
  const { raw, stream, visitor, received, owner, clock } = await upgraded(`${upgrade}early`);
  expect(raw).toBe(stream);
  visitor.write(' late');
  await turns();
  expect(raw.listenerCount('data')).toBe(0);
  expect(raw.listenerCount('end')).toBe(0);
  const heard: string[] = [];
  raw.on('data', (chunk: Buffer) => heard.push(String(chunk)));
  await turns();
  expect(heard.join('')).toBe('early late');
  raw.write('hello');
  await turns();
  expect(received()).toBe('HTTP/1.1 101 Switching Protocols\r\nUpgrade: custom\r\nConnection: Upgrade\r\n\r\nhello');
  expect(owner.seen[0]?.closes).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});

test('early bytes of an upgrade that came in two chunks arrive in order', async () => {
  const visited = visit();
  await visited.send(`${upgrade}one `);
  await visited.send('two ');
  await visited.send('three');
  const raw = visited.owner.seen[0]!.exchange.acceptUpgrade(switching);
  const heard: string[] = [];
  raw.on('data', (chunk: Buffer) => heard.push(String(chunk)));
  await turns();
  expect(heard.join('')).toBe('one two three');
});

test('early bytes arrive in order behind a request that was under way when they came', async () => {
  const { owner, send } = visit();
  await send(`${get}${upgrade}one `);
  await send('two ');
  await send('three');
  answerWith(owner.seen[0]!.exchange, 'ok');
  await turns();
  const raw = owner.seen[1]!.exchange.acceptUpgrade(switching);
  const heard: string[] = [];
  raw.on('data', (chunk: Buffer) => heard.push(String(chunk)));
  await turns();
  expect(heard.join('')).toBe('one two three');
});

test.each([upgrade, `${upgrade}early`])(
  'a switch for a visitor who has ended his side cuts the connection',
  async (bytes) => {
    const { owner, received, visitor } = visit();
    visitor.end(bytes);
    await turns();
    expect(owner.seen[0]?.exchange.upgrade).toEqual(['custom']);
    expect(owner.seen[0]?.exchange.acceptUpgrade(switching).destroyed).toBe(true);
    await turns();
    expect(owner.seen[0]?.closes).toEqual([false]);
    expect(received()).toBe('');
  },
);

test.each([
  ['in order', true],
  ['by a loss', false],
])('an upgraded stream that ends %s closes its exchange', async (_, isWhole) => {
  const { raw, visitor, owner } = await upgraded();
  raw.resume();
  if (isWhole) {
    raw.end();
    visitor.end();
  } else visitor.destroy();
  await turns();
  expect(owner.seen[0]?.closes).toEqual([isWhole]);
  expect(owner.closes).toBe(1);
});

test.each<[string, (visited: Visit) => void]>([
  ['drain()', ({ transport }) => transport.drain()],
  ['abort()', ({ owner }) => owner.seen[0]?.exchange.abort()],
])('%s cuts an upgraded stream', async (_, act) => {
  const visited = await upgraded();
  act(visited);
  await turns();
  expect(visited.raw.destroyed).toBe(true);
  expect(visited.owner.seen[0]?.closes).toEqual([false]);
});

test('a refused upgrade is an ordinary answer, and the next request is served', async () => {
  const { owner, received, send } = visit();
  await send(`${upgrade}${get.replace('/', '/next')}`);
  answerWith(owner.seen[0]!.exchange, 'no', { status: 403 });
  await turns();
  expect(received()).toMatch(/^HTTP\/1\.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno$/);
  expect(owner.seen[1]?.exchange.target).toBe('/next');
  expect(owner.seen[0]?.closes).toEqual([true]);
});

test('whoever has ended his side before an upgrade is read gets an ordinary exchange', async () => {
  const { owner, visitor } = visit();
  visitor.end(get + upgrade);
  await turns();
  answerWith(owner.seen[0]!.exchange, 'ok');
  await turns();
  expect(owner.seen[1]?.exchange).toMatchObject({ target: '/ws', upgrade: null });
});
