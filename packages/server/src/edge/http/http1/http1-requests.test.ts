// What a visitor sends, as the owner of the exchanges sees it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerHead, answerWith, turns, visit } from './codec-owner.testkit.ts';

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const post = (content: string, more = ''): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${content.length}\r\n${more}\r\n${content}`;

test('an exchange shows the request as it came', async () => {
  const { owner, send } = visit();
  await send('PUT https://a/b?c HTTP/1.1\r\nhOst: a\r\nX: 1\r\nx:  2 \r\nContent-Length: 3\r\n\r\n');
  expect(owner.seen[0]?.exchange).toMatchObject({
    version: '1.1',
    method: 'PUT',
    target: 'https://a/b?c',
    authority: null,
    headers: ['hOst', 'a', 'X', '1', 'x', '2', 'Content-Length', '3'],
    hasBody: true,
    hasLength: true,
    upgrade: null,
    isAnswered: false,
    isClosed: false,
  });
});

test.each([
  ['no framing', get('/'), { hasBody: false, hasLength: false }],
  ['a length of 0', post(''), { hasBody: false, hasLength: true }],
  ['a length', post('abc'), { hasBody: true, hasLength: true }],
  ['chunks', get('/', 'Transfer-Encoding: chunked\r\n'), { hasBody: true, hasLength: false }],
  ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', { version: '1.0' }],
  ['an upgrade', get('/', 'Connection: upgrade\r\nUpgrade: WebSocket\r\n'), { upgrade: ['websocket'] }],
])('a request with %s is told by its exchange', async (_, bytes, expected) => {
  const { owner, send } = visit();
  await send(bytes);
  expect(owner.seen[0]?.exchange).toMatchObject(expected);
});

test('requests sent at once are handed over one after the other, and answered in order', async () => {
  const { owner, received, send } = visit();
  await send(get('/1') + post('abc') + get('/3'));
  expect(owner.seen).toHaveLength(1);
  answerWith(owner.seen[0]!.exchange, 'one');
  expect(owner.seen[0]?.closes).toEqual([]);
  await turns();
  expect(owner.seen[0]?.closes).toEqual([true]);
  expect(owner.seen).toHaveLength(2);
  owner.seen[1]?.exchange.resumeBody();
  answerWith(owner.seen[1]!.exchange, 'two');
  await turns();
  expect(owner.seen[1]).toMatchObject({ body: 'abc', trailers: [], closes: [true] });
  answerWith(owner.seen[2]!.exchange, 'three');
  await turns();
  expect(received().match(/one|two|three/g)).toEqual(['one', 'two', 'three']);
  expect(owner.seen.map(({ exchange }) => exchange.target)).toEqual(['/1', '/', '/3']);
});

test('the next request waits until the visitor has taken the answer before it', async () => {
  const { owner, send, visitor } = visit({ isReading: false });
  await send(get('/1') + get('/2'));
  const { exchange } = owner.seen[0]!;
  exchange.answer(answerHead());
  for (let i = 0; i < 4; i++) exchange.write(Buffer.alloc(100_000));
  exchange.end([]);
  await turns();
  visitor.read();
  await turns();
  expect(owner.seen[0]?.closes).toEqual([]);
  expect(owner.seen).toHaveLength(1);
  visitor.resume();
  await turns(30);
  expect(owner.seen[0]?.closes).toEqual([true]);
  expect(owner.seen).toHaveLength(2);
});

test('content comes only while it is wanted, also in the middle of a piece', async () => {
  const { owner, send } = visit();
  await send(`${get('/', 'Transfer-Encoding: chunked\r\n')}1\r\na\r\n1\r\nb\r\n`);
  const [seen] = owner.seen;
  expect(seen?.body).toBe('');
  seen!.onPiece = () => seen!.exchange.pauseBody();
  seen?.exchange.resumeBody();
  expect(seen?.body).toBe('a');
  seen?.exchange.resumeBody();
  expect(seen?.body).toBe('ab');
  await send('1\r\nc\r\n0\r\nX: y\r\n\r\n');
  expect(seen).toMatchObject({ body: 'ab', trailers: null });
  seen!.onPiece = null;
  seen?.exchange.resumeBody();
  expect(seen).toMatchObject({ body: 'abc', trailers: ['X', 'y'] });
});

test('an owner may rest and go on with every piece', async () => {
  const { owner, send } = visit();
  await send(get('/', 'Transfer-Encoding: chunked\r\n') + '1\r\na\r\n'.repeat(10_000));
  const seen = owner.seen[0]!;
  let depth = 0;
  seen.onPiece = () => {
    expect(++depth).toBe(1);
    seen.exchange.pauseBody();
    seen.exchange.resumeBody();
    depth--;
  };
  seen.exchange.resumeBody();
  await turns();
  expect(seen.body).toBe('a'.repeat(10_000));
});

test('content that is not wanted is left with the visitor after two chunks', async () => {
  const { owner, send, visitor, stream } = visit();
  await send(`POST / HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n`);
  let sent = 0;
  while (visitor.write(Buffer.alloc(64 * 1024))) sent += 64 * 1024;
  await turns(50);
  while (visitor.writableLength === 0) {
    visitor.write(Buffer.alloc(64 * 1024));
    sent += 64 * 1024;
    await turns(4);
  }
  // Parsed, held, and the high-water marks of both ends.
  expect(sent).toBeLessThanOrEqual(6 * 64 * 1024);
  expect(stream.isPaused()).toBe(true);
  owner.seen[0]?.exchange.resumeBody();
  await turns(50);
  expect(visitor.writableLength).toBe(0);
  expect(owner.seen[0]?.pieces.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThanOrEqual(sent);
});

test.each<[string, string, number]>([
  ['no HTTP', 'hello\r\n\r\n', 9002],
  ['two framings', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 9002],
  ['a tunnel', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', 9002],
  ['a head that is too large', get('/', `X: ${'a'.repeat(40_000)}\r\n`), 9006],
  ['too many lines', get('/', 'a: b\r\n'.repeat(201)), 9006],
])('%s is refused, the connection ends, and nothing else is read', async (_, bytes, code) => {
  const { owner, received, send, visitor } = visit();
  const ended = new Promise((resolve) => visitor.once('end', resolve));
  await send(bytes + get('/next'));
  expect(owner.problems.map((problem) => problem.code)).toEqual([code]);
  expect(owner.seen).toEqual([]);
  await ended;
  expect(received()).toMatch(/^HTTP\/1\.1 4\d\d Refused\r\nContent-Length: 0\r\n\r\n$/);
  visitor.end();
  await turns();
  expect(owner.closes).toBe(1);
});

test('malformed content closes the exchange, then is refused', async () => {
  const { owner, received, send } = visit({ onExchange: ({ exchange }) => exchange.resumeBody() });
  await send(`${get('/', 'Transfer-Encoding: chunked\r\n')}1\r\na\r\nzz\r\n`);
  expect(owner.seen[0]).toMatchObject({ body: 'a', trailers: null, closes: [false] });
  expect(owner.problems.map((problem) => problem.code)).toEqual([9002]);
  expect(received()).toMatch(/^HTTP\/1\.1 400 /);
  answerWith(owner.seen[0]!.exchange, 'late');
  await turns();
  expect(received()).not.toContain('late');
  expect(owner.seen[0]?.closes).toEqual([false]);
});

test('malformed content beside an answer that has begun cuts the connection', async () => {
  const { owner, received, send, visitor } = visit({ onExchange: ({ exchange }) => exchange.resumeBody() });
  const closed = new Promise((resolve) => visitor.once('close', resolve));
  await send(get('/', 'Transfer-Encoding: chunked\r\n'));
  owner.seen[0]?.exchange.answer(answerHead());
  await send('zz\r\n');
  visitor.destroy();
  await closed;
  expect(owner).toMatchObject({ problems: [], closes: 1 });
  expect(owner.seen[0]?.closes).toEqual([false]);
  expect(received()).not.toContain('Refused');
});

test('100 (Continue) leaves at once, before the answer, and the content follows', async () => {
  const { owner, received, send } = visit();
  await send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
  const [seen] = owner.seen;
  expect(received()).toBe('');
  seen?.exchange.resumeBody();
  seen?.exchange.inform(100, []);
  seen?.exchange.inform(103, ['Link', '</a>', 'Content-Length', '3']);
  await turns();
  expect(received()).toBe('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
  await send('abc');
  answerWith(seen!.exchange, 'ok');
  seen?.exchange.inform(102, []);
  await turns();
  expect(seen).toMatchObject({ body: 'abc', closes: [true] });
  expect(received()).toMatch(/\r\n\r\nHTTP\/1\.1 200 OK\r\nContent-Length: 2\r\n\r\nok$/);
});

test('HTTP/1.0 hears of no interim answer', async () => {
  const { owner, received, send } = visit();
  await send('GET / HTTP/1.0\r\n\r\n');
  owner.seen[0]?.exchange.inform(103, []);
  await turns();
  expect(received()).toBe('');
});

test('an early answer behind 100 keeps the connection: the content comes', async () => {
  const { owner, received, send } = visit();
  await send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
  owner.seen[0]?.exchange.inform(100, []);
  answerWith(owner.seen[0]!.exchange, 'no', { status: 403 });
  owner.seen[0]?.exchange.discardBody();
  await send(`abc${get('/next')}`);
  expect(received()).not.toContain('close');
  expect(owner.seen).toHaveLength(2);
});

test('an answer without 100 ends the connection: what comes may be content or a request', async () => {
  const { owner, received, send } = visit();
  await send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
  answerWith(owner.seen[0]!.exchange, 'no', { status: 403 });
  owner.seen[0]?.exchange.discardBody();
  await turns();
  await send(get('/next'));
  expect(received()).toContain('\r\nConnection: close\r\n');
  expect(owner.seen).toHaveLength(1);
});

test('what is left of the content after an early answer is thrown away, and the next request is served', async () => {
  const { clock, owner, received, send } = visit();
  await send('POST / HTTP/1.1\r\nContent-Length: 60\r\n\r\nabc');
  const [seen] = owner.seen;
  answerWith(seen!.exchange, 'no', { status: 403 });
  seen?.exchange.discardBody();
  await turns();
  expect(seen?.closes).toEqual([true]);
  const smuggled = get('/smuggled').padEnd(57, 'x').slice(0, 57);
  await send(smuggled);
  clock.advance(60_000);
  await send(get('/next'));
  expect(owner.seen.map(({ exchange }) => exchange.target)).toEqual(['/', '/next']);
  expect(seen).toMatchObject({ body: '', trailers: null });
  expect(received()).not.toContain('Connection');
});

test('content is thrown away also while the answer waits, so that who sends before he reads comes to read', async () => {
  const { owner, send, stream, visitor } = visit({
    isReading: false,
    onExchange: ({ exchange }) => exchange.resumeBody(),
  });
  await send('POST / HTTP/1.1\r\nContent-Length: 500000\r\n\r\nabc');
  const seen = owner.seen[0]!;
  answerWith(seen.exchange, 'x'.repeat(200_000), { status: 403 });
  seen.exchange.discardBody();
  for (let i = 0; i < 10; i++) await send('x'.repeat(i === 9 ? 49_997 : 50_000));
  await turns(30);
  expect(visitor.writableLength).toBe(0);
  expect(stream.isPaused()).toBe(false);
  expect(seen).toMatchObject({ body: 'abc', trailers: null, closes: [] });
  visitor.resume();
  await turns(30);
  expect(seen).toMatchObject({ body: 'abc', trailers: null, closes: [true] });
});

test('an early answer whose owner still takes the content is over when the content is', async () => {
  const { owner, send } = visit({ onExchange: ({ exchange }) => exchange.resumeBody() });
  await send('POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc');
  const [seen] = owner.seen;
  answerWith(seen!.exchange, 'ok');
  await turns();
  expect(seen?.closes).toEqual([]);
  await send('def');
  expect(seen).toMatchObject({ body: 'abcdef', trailers: [], closes: [true] });
});

test('content past the limit of what is thrown away cuts the connection once the answer has left', async () => {
  const { owner, received, send, visitor } = visit({ limits: { maxDiscardBytes: 10 } });
  await send('POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc');
  answerWith(owner.seen[0]!.exchange, 'no', { status: 403 });
  owner.seen[0]?.exchange.discardBody();
  await turns();
  await send('x'.repeat(8));
  expect(received()).toMatch(/no$/);
  expect(owner.seen[0]?.closes).toEqual([true]);
  expect(visitor.readableEnded).toBe(true);
  expect(owner.closes).toBe(0);
  await send('x');
  expect(owner.closes).toBe(1);
});

test('malformed content that is thrown away does not harm the answer', async () => {
  const { owner, received, send, visitor } = visit();
  await send(`${get('/', 'Transfer-Encoding: chunked\r\n')}zz`);
  answerWith(owner.seen[0]!.exchange, 'no', { status: 403 });
  owner.seen[0]?.exchange.discardBody();
  await send('\r\n');
  expect(received()).toMatch(/\r\n\r\nno$/);
  expect(owner.problems).toEqual([]);
  expect(owner.seen[0]?.closes).toEqual([true]);
  expect(visitor.readableEnded).toBe(true);
});

const step = fc.constantFrom('get', 'post', 'chunked', 'early');
test('however the bytes are cut and whenever the owner rests, the exchanges are the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 6 }),
      fc.array(fc.nat(40), { maxLength: 40 }),
      fc.boolean(),
      async (steps, cuts, isLazy) => {
        const bytes = steps.map((kind, i) => requestOf(kind, i)).join('');
        const rest = isLazy ? () => turns(1) : () => Promise.resolve();
        const { owner, visitor } = visit({
          onExchange: (seen) => {
            const { exchange } = seen;
            if (exchange.target.startsWith('/early')) {
              answerWith(exchange, exchange.target);
              exchange.discardBody();
              return;
            }
            seen.onPiece = () => {
              exchange.pauseBody();
              void rest().then(() => exchange.resumeBody());
            };
            exchange.resumeBody();
            void rest().then(() => answerWith(exchange, exchange.target));
          },
        });
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const end = at + 1 + (cuts[i % Math.max(cuts.length, 1)] ?? 1000);
          visitor.write(bytes.slice(at, end));
          at = end;
          if (isLazy && i % 3 === 0) await turns(1);
        }
        await turns(60);
        expect(owner.problems).toEqual([]);
        expect(owner.seen.map((seen) => [seen.exchange.target, seen.body, seen.closes])).toEqual(
          steps.map((kind, i) => [`/${kind}/${i}`, kind === 'post' || kind === 'chunked' ? 'abcdef' : '', [true]]),
        );
      },
    ),
    { numRuns: 60, seed: 20260101 },
  );
});

function requestOf(kind: string, i: number): string {
  if (kind === 'get') return get(`/get/${i}`);
  if (kind === 'chunked') {
    return `POST /chunked/${i} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3;x=y\r\ndef\r\n0\r\nT: u\r\n\r\n`;
  }
  return `POST /${kind}/${i} HTTP/1.1\r\nContent-Length: 6\r\n\r\nabcdef`;
}
