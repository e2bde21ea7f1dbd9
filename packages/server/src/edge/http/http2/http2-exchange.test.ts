import { once } from 'node:events';
import http2 from 'node:http2';
import { expect, test } from 'vitest';
import type { AnswerHead } from '../exchange.ts';
import { answerHead, answerText, type Recorder, receive, startCodec, type TestCodec } from './http2-codec.testkit.ts';
import {
  connectRawH2,
  frameType,
  h2Frame,
  literalHeaders,
  type RawH2Client,
  requestLines,
  uint32,
} from './raw-h2.testkit.ts';

const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = http2.constants;

async function ask(handle: (recorder: Recorder) => void, headers: http2.OutgoingHttpHeaders = {}, body?: Buffer) {
  const kit = await startCodec({ handle });
  const session = await kit.connect();
  const stream = session.request(headers, { endStream: body === undefined });
  if (body) stream.end(body);
  const received = await receive(stream);
  const recorder = kit.recorders[0];
  if (!recorder) throw new Error('No exchange came');
  await expect.poll(() => recorder.closes).toBe(1);
  return { received, recorder };
}

test('a request is shown as it came, an answer arrives as it was given', async () => {
  const { received, recorder } = await ask(({ exchange }) => answerText(exchange, 'hello'), {
    ...{ ':path': '/a?b', ':authority': 'app.example.test', cookie: ['a=1', 'b=2'], 'x-a': 'y' },
  });
  expect(recorder.exchange).toMatchObject({
    ...{ version: '2', method: 'GET', target: '/a?b', authority: 'app.example.test', hasBody: false },
    ...{ hasLength: false, upgrade: null, headers: ['cookie', 'a=1', 'cookie', 'b=2', 'x-a', 'y'] },
    ...{ isAnswered: true, isClosed: true },
  });
  expect(received).toMatchObject({ status: 200, body: 'hello', code: NGHTTP2_NO_ERROR });
  expect(recorder.isWhole).toBe(true);
});

test('interim answers, duplicate lines and trailers arrive', async () => {
  const { received } = await ask(({ exchange }) => {
    exchange.inform(103, ['link', '</a>', 'Link', '</b>']);
    exchange.answer(answerHead({ headers: ['set-cookie', 'a', 'set-cookie', 'b'], mayHaveTrailers: true }));
    exchange.write(Buffer.from('x'));
    exchange.end(['X-Sum', '1', 'x-sum', '2']);
  });
  expect(received).toMatchObject({ status: 200, body: 'x', code: 0, trailers: { 'x-sum': '1, 2' } });
  expect(received.interim.map((lines) => [lines[':status'], lines['link']])).toEqual([[103, '</a>, </b>']]);
  expect(received.headers['set-cookie']).toEqual(['a', 'b']);
});

test('trailers that were not announced are left out, announced ones may be none', async () => {
  const unannounced = await ask(({ exchange }) => {
    exchange.answer(answerHead());
    exchange.end(['x-sum', '1']);
  });
  expect(unannounced.received).toMatchObject({ status: 200, trailers: {}, code: 0 });
  const none = await ask(({ exchange }) => {
    exchange.answer(answerHead({ mayHaveTrailers: true }));
    exchange.write(Buffer.from('x'));
    exchange.end([]);
  });
  expect(none.received).toMatchObject({ status: 200, body: 'x', trailers: {}, code: 0 });
});

const length = ['content-length', '20'];

test.each<[string, string, Partial<AnswerHead>]>([
  ['HEAD', 'HEAD', { status: 200, headers: length }],
  ['204', 'GET', { status: 204 }],
  ['205', 'GET', { status: 205 }],
  ['304', 'GET', { status: 304, headers: length }],
  ['HEAD that may have trailers', 'HEAD', { status: 200, mayHaveTrailers: true }],
  ['a head that is all', 'GET', { status: 200, hasBody: false }],
])('%s ends behind its head, also when content is given', async (_, method, head) => {
  const { received, recorder } = await ask(
    ({ exchange }) => {
      exchange.answer(answerHead(head));
      exchange.write(Buffer.from('never seen'));
      exchange.end([]);
    },
    { ':method': method },
  );
  expect(received).toMatchObject({ status: head.status, body: '', code: 0 });
  expect(recorder.isWhole).toBe(true);
});

test.each<[string, string]>([
  ['less', 'abc'],
  ['more', 'abcdef'],
])('an answer with %s content than it declared is reset', async (_, text) => {
  const { received, recorder } = await ask(({ exchange }) => {
    exchange.answer(answerHead({ headers: ['Content-Length', '4'] }));
    exchange.write(Buffer.from(text));
    exchange.end([]);
  });
  expect(received.code).toBe(NGHTTP2_INTERNAL_ERROR);
  expect(recorder.isWhole).toBe(false);
});

test('an answer that is broken off does not look whole', async () => {
  const { received, recorder } = await ask(({ exchange }) => {
    exchange.answer(answerHead());
    exchange.write(Buffer.from('some'));
    setImmediate(() => setImmediate(() => exchange.abort()));
  });
  expect(received).toMatchObject({ status: 200, code: NGHTTP2_INTERNAL_ERROR });
  expect(recorder.isWhole).toBe(false);
});

test('a line that HTTP/2 cannot carry resets the stream', async () => {
  const { received } = await ask(({ exchange }) => exchange.answer(answerHead({ headers: ['connection', 'close'] })));
  expect(received).toMatchObject({ status: 0, code: NGHTTP2_INTERNAL_ERROR });
});

test('an interim answer that HTTP/2 cannot carry is left out, trailers reset the stream', async () => {
  const interim = await ask(({ exchange }) => {
    exchange.inform(103, ['connection', 'close']);
    exchange.inform(101, []);
    answerText(exchange, 'ok');
  });
  expect(interim.received).toMatchObject({ status: 200, body: 'ok', code: 0, interim: [] });
  const trailers = await ask(({ exchange }) => {
    exchange.answer(answerHead({ mayHaveTrailers: true }));
    exchange.write(Buffer.from('x'));
    exchange.end(['connection', 'close']);
  });
  expect(trailers.received).toMatchObject({ status: 200, code: NGHTTP2_INTERNAL_ERROR });
});

test('no name means anything to us: trailers may be called constructor', async () => {
  const { received } = await ask(({ exchange }) => {
    exchange.answer(answerHead({ mayHaveTrailers: true }));
    exchange.write(Buffer.from('x'));
    exchange.end(['constructor', 'x']);
  });
  expect(Object.entries(received.trailers)).toEqual([['constructor', 'x']]);
});

test('calls after the close are harmless', async () => {
  const { recorder } = await ask(({ exchange }) => answerText(exchange, 'ok'));
  const { exchange } = recorder;
  exchange.inform(103, []);
  exchange.answer(answerHead());
  expect(exchange.write(Buffer.from('x'))).toBe(true);
  exchange.end([]);
  exchange.resumeBody();
  exchange.pauseBody();
  exchange.discardBody();
  exchange.abort();
  expect(recorder.closes).toBe(1);
});

test('write() answers false when the visitor takes nothing, onDrain() follows when he does', async () => {
  const results: boolean[] = [];
  const kit = await startCodec({
    handle: ({ exchange }) => {
      exchange.answer(answerHead());
      for (let i = 0; i < 4; i++) results.push(exchange.write(Buffer.alloc(32 * 1024)));
    },
  });
  const session = await kit.connect();
  const stream = session.request();
  stream.pause();
  await expect.poll(() => results).toEqual([true, false, false, false]);
  expect(kit.recorders[0]?.drains).toBe(0);
  stream.resume();
  await expect.poll(() => kit.recorders[0]?.drains).toBe(1);
});

test('end() before the content has left loses none of it', async () => {
  const { received, recorder } = await ask(({ exchange }) => {
    exchange.answer(answerHead());
    for (let i = 0; i < 32; i++) exchange.write(Buffer.alloc(64 * 1024, 'x'));
    exchange.end([]);
  });
  expect(received.body.length).toBe(2 * 1024 * 1024);
  expect(recorder.isWhole).toBe(true);
});

test('content comes whole, in order, with its trailers', async () => {
  const body = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
  const kit = await startCodec({
    handle: (recorder) => {
      recorder.onWhole = () => answerText(recorder.exchange, 'ok');
      recorder.exchange.resumeBody();
    },
  });
  const session = await kit.connect();
  const stream = session.request({ ':method': 'POST' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '9' }));
  stream.end(body);
  expect(await receive(stream)).toMatchObject({ status: 200, code: 0 });
  expect(Buffer.concat(kit.recorders[0]?.pieces ?? []).equals(body)).toBe(true);
  expect(kit.recorders[0]?.trailers).toEqual(['x-sum', '9']);
});

test('no content comes before resumeBody() nor while paused, and none is lost', async () => {
  const body = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => i % 253));
  let isPaused = true;
  const { recorder } = await ask(
    (owner) => {
      owner.onPiece = () => {
        if (isPaused) throw new Error('A piece came while paused');
        isPaused = true;
        owner.exchange.pauseBody();
        setImmediate(resume);
      };
      owner.onWhole = () => answerText(owner.exchange, 'ok');
      const resume = (): void => {
        isPaused = false;
        owner.exchange.resumeBody();
      };
      setImmediate(() => setImmediate(resume));
    },
    { ':method': 'POST' },
    body,
  );
  expect(Buffer.concat(recorder.pieces).equals(body)).toBe(true);
  expect(recorder.trailers).toEqual([]);
});

test.each<[string, number]>([
  ['CANCEL', NGHTTP2_CANCEL],
  ['NO_ERROR', NGHTTP2_NO_ERROR],
])('content that the visitor cuts with %s never looks whole', async (_, code) => {
  const kit = await startCodec({ handle: ({ exchange }) => exchange.resumeBody() });
  const client = connectRawH2(kit.port);
  client.send(h2Frame(frameType.headers, 4, 1, literalHeaders(requestLines('a', { method: 'POST' }))));
  client.send(h2Frame(frameType.data, 0, 1, Buffer.from('some')));
  await expect.poll(() => kit.recorders[0]?.text).toBe('some');
  client.send(h2Frame(frameType.reset, 0, 1, uint32(code)));
  await expect.poll(() => kit.recorders[0]?.isWhole).toBe(false);
  expect(kit.recorders[0]?.trailers).toBeNull();
});

test('content cut with NO_ERROR behind a finished answer does not look whole either', async () => {
  const kit = await startCodec({
    handle: ({ exchange }) => {
      exchange.resumeBody();
      answerText(exchange, 'early');
    },
  });
  const client = connectRawH2(kit.port);
  client.send(h2Frame(frameType.headers, 4, 1, literalHeaders(requestLines('a', { method: 'POST' }))));
  await client.next(frameType.data, 1);
  client.send(h2Frame(frameType.data, 0, 1, Buffer.from('some')), h2Frame(frameType.reset, 0, 1, uint32(0)));
  await expect.poll(() => kit.recorders[0]?.closes).toBe(1);
  expect(kit.recorders[0]).toMatchObject({ text: 'some', trailers: null, isWhole: true });
});

test.each([
  ['at once', false],
  ['read ahead', true],
])('content in the same breath as the head is not lost, with its end and its trailers: %s', async (_, acceptsLate) => {
  const kit = await startCodec({
    acceptsLate,
    handle: (recorder) => {
      recorder.onWhole = () => answerText(recorder.exchange, 'ok');
      recorder.exchange.resumeBody();
    },
  });
  const client = connectRawH2(kit.port);
  const head = literalHeaders(requestLines('a', { method: 'POST' }));
  client.send(h2Frame(1, 4, 1, head), h2Frame(0, 0, 1, Buffer.from('ab')), h2Frame(0, 1, 1, Buffer.from('cd')));
  client.send(h2Frame(1, 4, 3, head), h2Frame(0, 0, 3, Buffer.from('ef')));
  client.send(h2Frame(1, 5, 3, literalHeaders([['x-sum', '1']])));
  client.send(h2Frame(1, 4, 5, head), h2Frame(0, 1, 5));
  client.send(h2Frame(1, 4, 7, head), h2Frame(1, 5, 7, literalHeaders([['x-sum', '2']])));
  await expect.poll(() => kit.recorders.map((recorder) => recorder.isWhole)).toEqual([true, true, true, true]);
  expect(kit.recorders.map(({ text, trailers }) => [text, trailers])).toEqual([
    ['abcd', []],
    ['ef', ['x-sum', '1']],
    ['', []],
    ['', ['x-sum', '2']],
  ]);
});

test('a visitor gets no credit while content is paused, and all of it afterwards', async () => {
  const kit = await startCodec({ handle: ({ exchange }) => exchange.resumeBody() });
  const client = connectRawH2(kit.port);
  const piece = h2Frame(frameType.data, 0, 1, Buffer.alloc(16_000));
  const credits = (): number => client.frames.filter(({ type, streamId }) => type === 8 && streamId === 1).length;
  client.send(h2Frame(1, 4, 1, literalHeaders(requestLines('a', { method: 'POST' }))), piece);
  await expect.poll(() => kit.recorders[0]?.bytes).toBe(16_000);
  kit.recorders[0]?.exchange.pauseBody();
  client.send(...Array.from({ length: 15 }, () => piece), h2Frame(frameType.ping, 0, 0, Buffer.alloc(8)));
  while (!client.frames.some(({ type, flags }) => type === frameType.ping && flags === 1)) await nextTurn();
  expect(credits()).toBe(0);
  kit.recorders[0]?.exchange.resumeBody();
  await expect.poll(credits).toBe(1);
  expect(kit.recorders[0]?.bytes).toBe(16 * 16_000);
});

test.each<[string, boolean]>([
  ['none of the content was read', false],
  ['some of it was read', true],
])('an early answer tells the visitor to stop sending, when %s', async (_, reads) => {
  const kit = await startCodec({
    handle: (recorder) => {
      const answer = (): void => {
        answerText(recorder.exchange, 'no');
        recorder.exchange.discardBody();
      };
      // node:http2 looks after streams that were never read, and only after those.
      recorder.onPiece = (piece) => {
        if (piece.toString() === 'more') answer();
      };
      if (reads) recorder.exchange.resumeBody();
      else answer();
    },
  });
  const session = await kit.connect();
  const stream = session.request({ ':method': 'POST' });
  const received = receive(stream);
  stream.write('some');
  await expect.poll(() => kit.recorders[0]?.text).toBe(reads ? 'some' : '');
  stream.write('more');
  expect(await received).toMatchObject({ status: 200, body: 'no', code: NGHTTP2_NO_ERROR });
  expect(kit.recorders[0]).toMatchObject({ trailers: null, isWhole: true });
});

test('a visitor who goes away closes every exchange, none of them whole', async () => {
  const kit = await startCodec({ handle: ({ exchange }) => exchange.answer(answerHead()) });
  const session = await kit.connect();
  for (let i = 0; i < 3; i++) session.request().on('error', () => {});
  await expect.poll(() => kit.recorders.length).toBe(3);
  session.destroy();
  await expect.poll(() => kit.recorders.map((recorder) => recorder.isWhole)).toEqual([false, false, false]);
  await expect.poll(() => kit.closed).toBe(1);
  expect(kit.clock.pendingTimers).toBe(0);
});

test.each<[string, (kit: TestCodec, client: RawH2Client) => void]>([
  ['the visitor goes away', (_, client) => client.socket.destroy()],
  ['we cut the connection', (kit) => kit.transports[0]?.destroy()],
])('an answer whose last bytes have not left when %s is not whole', async (_, cut) => {
  const kit = await startCodec({
    handle: ({ exchange }) => {
      exchange.answer(answerHead());
      exchange.write(Buffer.alloc(200_000));
      exchange.end([]);
    },
  });
  const client = connectRawH2(kit.port);
  client.send(h2Frame(1, 5, 1, literalHeaders(requestLines('a'))));
  await client.next(frameType.data, 1);
  cut(kit, client);
  await expect.poll(() => kit.recorders[0]?.isWhole).toBe(false);
});

test('drain() sends GOAWAY, lets what is under way finish, takes nothing new and closes', async () => {
  const kit = await startCodec({ handle: ({ exchange }) => exchange.answer(answerHead()) });
  const session = await kit.connect();
  const stream = session.request();
  await once(stream, 'response');
  const goaway = once(session, 'goaway');
  kit.isDraining = true;
  kit.transports[0]?.drain();
  expect((await goaway)[0]).toBe(NGHTTP2_NO_ERROR);
  expect(kit.closed).toBe(0);
  kit.recorders[0]?.exchange.write(Buffer.from('last'));
  kit.recorders[0]?.exchange.end([]);
  expect(await receive(stream)).toMatchObject({ body: 'last', code: 0 });
  await expect.poll(() => kit.closed).toBe(1);
});

test('a stream that comes while draining is refused, to be sent again elsewhere', async () => {
  const kit = await startCodec();
  const session = await kit.connect();
  kit.isDraining = true;
  expect((await receive(session.request())).code).toBe(http2.constants.NGHTTP2_REFUSED_STREAM);
  expect(kit.recorders).toHaveLength(0);
});

test('a visitor who takes none of what waits for him loses that stream only', async () => {
  const kit = await startCodec({
    limits: { writeStallTimeoutMs: 10_000 },
    handle: ({ exchange }) => {
      exchange.answer(answerHead());
      exchange.write(Buffer.alloc(exchange.target === '/stuck' ? 200_000 : 10));
    },
  });
  const session = await kit.connect();
  const stuck = session.request({ ':path': '/stuck' });
  stuck.pause();
  stuck.on('error', () => {});
  const idle = session.request();
  await once(idle, 'data');
  idle.on('error', () => {});
  expect(kit.recorders).toHaveLength(2);
  kit.clock.advance(10_000);
  expect(stuck.destroyed).toBe(false);
  kit.clock.advance(2_000);
  await expect.poll(() => kit.recorders.map((recorder) => recorder.isWhole)).toEqual([false, null]);
});

test('a visitor who takes a little now and then keeps his stream', async () => {
  const kit = await startCodec({
    limits: { writeStallTimeoutMs: 10_000 },
    handle: ({ exchange }) => {
      exchange.answer(answerHead());
      exchange.write(Buffer.alloc(500_000));
    },
  });
  const client = connectRawH2(kit.port);
  client.send(h2Frame(frameType.windowUpdate, 0, 0, uint32(10_000_000)));
  client.send(h2Frame(1, 5, 1, literalHeaders(requestLines('a'))));
  const received = (): number =>
    client.frames.reduce((sum, frame) => sum + (frame.type === 0 ? frame.payload.length : 0), 0);
  await expect.poll(received).toBe(65_535);
  for (let round = 1; round <= 5; round++) {
    kit.clock.advance(9_000);
    client.send(h2Frame(frameType.windowUpdate, 0, 1, uint32(16_384)));
    await expect.poll(received).toBe(65_535 + round * 16_384);
  }
  expect(kit.recorders[0]?.isWhole).toBeNull();
});

test('a visitor who takes other streams only loses the one he passes over', async () => {
  const kit = await startCodec({
    limits: { writeStallTimeoutMs: 10_000 },
    handle: (recorder) => {
      const fill = (): void => {
        while (recorder.exchange.write(Buffer.alloc(16_384)));
      };
      recorder.onRoom = fill;
      recorder.exchange.answer(answerHead());
      fill();
    },
  });
  const client = connectRawH2(kit.port);
  const get = (id: number): Buffer => h2Frame(1, 5, id, literalHeaders(requestLines('a')));
  client.send(h2Frame(frameType.windowUpdate, 0, 0, uint32(100_000_000)), get(1), get(3));
  const received = (): number =>
    client.frames.reduce(
      (sum, { type, streamId, payload }) => sum + (type === 0 && streamId === 3 ? payload.length : 0),
      0,
    );
  await expect.poll(received).toBe(65_535);
  for (let round = 1; round <= 5; round++) {
    kit.clock.advance(4_000);
    client.send(h2Frame(frameType.windowUpdate, 0, 3, uint32(100_000)));
    await expect.poll(received).toBe(65_535 + round * 100_000);
  }
  await expect.poll(() => kit.recorders.map((recorder) => recorder.isWhole)).toEqual([false, null]);
});

test('a stream that has just begun to wait is not stalled, whatever another took meanwhile', async () => {
  const kit = await startCodec({
    limits: { writeStallTimeoutMs: 10_000 },
    handle: ({ exchange }) => {
      exchange.answer(answerHead());
      exchange.write(Buffer.alloc(exchange.target === '/fast' ? 2_000_000 : 100_000));
    },
  });
  const client = connectRawH2(kit.port);
  const get = (id: number, path: string): Buffer => h2Frame(1, 5, id, literalHeaders(requestLines('a', { path })));
  client.send(h2Frame(frameType.windowUpdate, 0, 0, uint32(100_000_000)), get(1, '/slow'), get(3, '/fast'));
  client.send(h2Frame(frameType.windowUpdate, 0, 3, uint32(1_900_000)));
  await expect.poll(() => kit.sockets[0]?.bytesWritten).toBeGreaterThan(1_900_000);
  kit.clock.advance(9_000);
  client.send(h2Frame(frameType.ping, 0, 0, Buffer.alloc(8)));
  await client.next(frameType.ping);
  expect(kit.recorders.map((recorder) => recorder.isWhole)).toEqual([null, null]);
});

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
