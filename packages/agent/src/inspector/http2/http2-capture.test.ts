import { once } from 'node:events';
import type { ClientHttp2Stream, ServerHttp2Stream } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { AditError } from '@adit/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Capture } from '../capture/capture.ts';
import { type Passed, showTo, tappedPeers } from './http2.testkit.ts';
import { captureHttp2 } from './http2-capture.testkit.ts';

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** Literals that are not indexed, so that frames can stand in any order. */
const block = (...lines: string[]): string => {
  const string = (text: string) => String.fromCharCode(text.length) + text;
  return lines.map((text, at) => (at % 2 === 0 ? `\0${string(text)}` : string(text))).join('');
};
const frame = (type: number, flags: number, streamId: number, payload = ''): string => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return head.toString('latin1') + payload;
};
const [data, headers, reset, settings, pushPromise, continuation] = [0, 1, 3, 4, 5, 9];
const [endStream, endHeaders, padded, priority] = [1, 4, 8, 32];
const requestLines = [':method', 'GET', ':scheme', 'https', ':authority', 'a', ':path', '/a'];
const request = (id = 1, flags = endStream, ...lines: string[]): string =>
  frame(headers, endHeaders | flags, id, block(...requestLines, ...lines));
const answer = (id = 1, flags = endStream, ...lines: string[]): string =>
  frame(headers, endHeaders | flags, id, block(':status', '200', ...lines));

type Step = readonly ['visitor', string] | readonly ['upstream', string] | readonly ['closed', AditError | null];

function sequence(steps: readonly Step[], limits: Parameters<typeof captureHttp2>[0] = {}) {
  const connection = captureHttp2(limits);
  const { capture } = connection;
  for (const step of steps) {
    if (step[0] === 'closed') capture.closed(step[1]);
    else if (step[0] === 'visitor') capture.fromVisitor(Buffer.from(step[1], 'latin1'));
    else capture.fromUpstream(Buffer.from(step[1], 'latin1'));
  }
  const shown = connection.captures().map((one) => ({
    ...{ target: one.request.head.target, status: one.answer?.head.status ?? null },
    ...{ state: one.state, problem: one.problem, isTimed: one.endMs !== null },
    sent: one.request.body.bytes.toString('latin1'),
    body: one.answer?.body.bytes.toString('latin1') ?? '',
  }));
  expect(connection.ended).toHaveLength(shown.filter(({ state }) => state !== 'pending').length);
  return shown;
}

describe('what is captured of one connection', () => {
  it.each<[string, readonly Step[], object[]]>([
    [
      'one exchange',
      [
        ['visitor', preface + frame(settings, 0, 0) + request()],
        ['upstream', frame(settings, 0, 0) + answer(1, 0) + frame(data, endStream, 1, 'ok')],
      ],
      [{ target: '/a', status: 200, state: 'complete', body: 'ok', isTimed: true, problem: null }],
    ],
    [
      'streams that overlap',
      [
        ['visitor', preface + request(1) + request(3, 0)],
        ['upstream', answer(3, 0) + frame(data, 0, 3, 'th') + answer(1)],
        ['visitor', frame(data, endStream, 3, 'up')],
        ['upstream', frame(data, endStream, 3, 'ree')],
      ],
      [
        { status: 200, state: 'complete', body: '' },
        { status: 200, state: 'complete', body: 'three', sent: 'up' },
      ],
    ],
    [
      'padding, priority and continuation',
      [
        [
          'visitor',
          preface +
            frame(headers, padded | priority, 1, `\x03\0\0\0\0\x10${block(':method', 'POST', ':scheme', 'https')}pad`) +
            frame(continuation, 0, 1) +
            frame(continuation, endHeaders, 1, block(':path', '/c')) +
            frame(data, padded, 1, '\x02helloXX') +
            frame(data, padded | endStream, 1, '\x01Y'),
        ],
        ['upstream', answer()],
      ],
      [{ target: '/c', sent: 'hello', state: 'complete' }],
    ],
    [
      'interim answers, unseen',
      [
        ['visitor', preface + request()],
        ['upstream', frame(headers, endHeaders, 1, block(':status', '103', 'link', '</x>')) + answer()],
      ],
      [{ status: 200, state: 'complete' }],
    ],
    [
      'an early answer, and the reset of the request that was not wanted any more',
      [
        ['visitor', preface + request(1, 0)],
        ['upstream', answer() + frame(reset, 0, 1, '\0\0\0\0')],
      ],
      [{ status: 200, state: 'complete', problem: null }],
    ],
    [
      'a visitor who gives up, and what the service still sends',
      [
        ['visitor', preface + request() + frame(reset, 0, 1, '\0\0\0\x08')],
        ['upstream', answer(1, 0) + frame(data, endStream, 1, 'late')],
      ],
      [{ status: null, state: 'cut', problem: 'the visitor gave it up (CANCEL)' }],
    ],
    [
      'a service that breaks off',
      [
        ['visitor', preface + request()],
        ['upstream', answer(1, 0) + frame(data, 0, 1, 'half') + frame(reset, 0, 1, '\0\0\0\x63')],
      ],
      [{ status: 200, state: 'cut', body: 'half', problem: 'the service broke it off (code 99)' }],
    ],
    [
      'a WebSocket, and nothing that passes in it',
      [
        [
          'visitor',
          preface +
            frame(headers, endHeaders, 1, block(':method', 'CONNECT', ':path', '/ws', ':protocol', 'websocket')) +
            request(3),
        ],
        ['upstream', answer(1, 0) + frame(data, 0, 1, 'secret') + answer(3)],
        ['visitor', frame(data, endStream, 1, 'secret')],
        ['upstream', frame(data, endStream, 1, 'secret')],
      ],
      [
        { target: '/ws', status: 200, state: 'switched', body: '', sent: '' },
        { target: '/a', state: 'complete' },
      ],
    ],
    [
      'promised answers, unseen',
      [
        ['visitor', preface + request()],
        ['upstream', frame(pushPromise, endHeaders, 1, `\0\0\0\x02${block(...requestLines)}`) + answer(2) + answer(1)],
      ],
      [{ status: 200, state: 'complete' }],
    ],
    [
      'a request behind a PROXY header',
      [
        ['visitor', `PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n${preface}${request()}`],
        ['upstream', answer()],
      ],
      [{ target: '/a', state: 'complete' }],
    ],
    [
      'a connection that ends',
      [
        ['visitor', preface + request()],
        ['closed', new AditError(9005)],
      ],
      [{ status: null, state: 'cut', problem: 'The connection to the service was lost', isTimed: true }],
    ],
    ['HTTP/1.1, which it is not', [['visitor', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n']], []],
    ['half a request', [['visitor', preface + request().slice(0, -1)]], []],
    ['an answer to nothing', [['upstream', answer()]], []],
  ])('%s', (_title, steps, expected) => {
    expect(sequence(steps)).toMatchObject(expected);
    expect(sequence(steps)).toHaveLength(expected.length);
  });

  it.each<[string, string, string]>([
    ['a table index that nobody has', frame(headers, 5, 3, '\xff\x7f'), 'wrong index'],
    ['headers within the content', frame(headers, endHeaders, 1, block('a', 'b')), 'within the content'],
    ['a continuation of nothing', frame(continuation, endHeaders, 1, ''), 'wrong order'],
    ['a frame within a block', frame(headers, 0, 3, '') + frame(data, 0, 1, ''), 'wrong order'],
    ['another stream within a block', frame(headers, 0, 3, '') + frame(continuation, 4, 1, ''), 'wrong order'],
    ['padding that is longer than its frame', frame(data, padded, 1, '\x05abc'), 'padded'],
    ['headers with such padding', frame(headers, 5 | padded, 3, '\x05abc'), 'padded'],
    ['a reset of a wrong length', frame(reset, 0, 1, '\0'), 'wrong length'],
    ['a header that is no header', frame(headers, 5, 3, block(...requestLines, 'a\r\nb', 'c')), 'not allowed'],
    ['a header in capitals', frame(headers, 5, 3, block(...requestLines, 'A', 'c')), 'not allowed'],
    ['a line feed in a value', frame(headers, 5, 3, block(...requestLines, 'a', 'b\nc')), 'not allowed'],
    ['a path of two words', frame(headers, 5, 3, block(':method', 'GET', ':path', '/ x')), 'malformed'],
    ['no method', frame(headers, 5, 3, block(':path', '/')), 'malformed'],
    ['a second path', frame(headers, 5, 3, block(...requestLines, ':path', '/b')), 'malformed'],
    ['a path behind headers', frame(headers, 5, 3, block(':method', 'GET', 'a', 'b', ':path', '/')), 'malformed'],
    ['too many headers', frame(headers, 5, 3, block(...Array(402).fill('a'))), 'too large'],
  ])('%s ends it, never more, and tells', (_title, bytes, why) => {
    const [one, ...others] = sequence([
      ['visitor', preface + request(1, 0) + bytes],
      ['visitor', request(5)],
      ['upstream', answer(1)],
    ]);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ state: 'cut', status: null });
    expect(one?.problem).toMatch(`the request cannot be read: `);
    expect(one?.problem).toMatch(why);
  });

  it('an answer that cannot be read', () => {
    for (const bytes of [
      answer(1, 0, ':status', '200'),
      frame(data, endStream, 1, 'x'),
      frame(headers, 5, 1, '\x80'),
    ]) {
      const [one] = sequence([
        ['visitor', preface + request()],
        ['upstream', bytes],
      ]);
      expect(one).toMatchObject({ state: 'cut', problem: expect.stringContaining('the answer cannot be read') });
    }
  });

  it('a header block that has no end is not kept without end', () => {
    const piece = Buffer.from(frame(continuation, 0, 1, 'x'.repeat(16_000)), 'latin1');
    const { capture } = captureHttp2();
    const before = process.memoryUsage().arrayBuffers;
    capture.fromVisitor(Buffer.from(preface + frame(headers, 0, 1, '')));
    for (let at = 0; at < 2000; at++) capture.fromVisitor(piece);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });

  it('only so many requests at once', () => {
    const shown = sequence([['visitor', preface + request(1) + request(3) + request(5)]], { maxOpenStreams: 2 });
    expect(shown.map(({ state }) => state)).toEqual(['cut', 'cut']);
  });

  it('a body up to its limit, and the size of all of it', () => {
    const { capture, captures } = captureHttp2({ maxBodyBytes: 10 });
    const pieces = frame(data, 0, 1, 'abc').repeat(10);
    capture.fromVisitor(Buffer.from(preface + request(1, 0) + pieces, 'latin1'));
    const body = captures()[0]?.request.body;
    expect(body).toMatchObject({ totalBytes: 30, isTruncated: true });
    expect(body?.bytes.toString()).toBe('abcabcabca');
  });

  it('trailers that count for the memory they use', () => {
    const { capture, store } = captureHttp2({ maxStoreBytes: 200_000 });
    const lines = Array.from({ length: 150 }, (_, at) => (at % 2 === 0 ? `x-${at}` : 'v'.repeat(120)));
    capture.fromVisitor(Buffer.from(preface, 'latin1'));
    for (let id = 1; id < 201; id += 2) {
      capture.fromVisitor(Buffer.from(request(id), 'latin1'));
      capture.fromUpstream(Buffer.from(answer(id, 0) + frame(headers, 5, id, block(...lines)), 'latin1'));
    }
    const kept = [...store.newestFirst()].flatMap((one) => one.answer?.trailers ?? []).join('').length;
    expect(kept).toBeGreaterThan(50_000);
    expect(store.bytes).toBeGreaterThanOrEqual(kept);
    expect(store.bytes).toBeLessThanOrEqual(200_000);
  });

  it('bytes as they were, though their memory is used again', () => {
    const { capture, captures } = captureHttp2();
    const memory = Buffer.alloc(4096);
    const all = preface + request(1, 0, 'x-a', 'b') + frame(data, endStream, 1, 'content');
    for (let at = 0; at < all.length; at += 7) {
      const length = memory.write(all.slice(at, at + 7), 'latin1');
      capture.fromVisitor(new Uint8Array(memory.buffer, memory.byteOffset, length));
      memory.fill('!');
    }
    expect(captures()[0]?.request.head).toMatchObject({ target: '/a', headers: ['host', 'a', 'x-a', 'b'] });
    expect(captures()[0]?.request.body.bytes.toString()).toBe('content');
  });
});

const value = fc.stringMatching(/^(?:[!-~](?:[ -~]{0,40}[!-~])?)?$/);
const name = fc.stringMatching(/^x-[a-z0-9-]{1,12}$/);
const fields = fc.dictionary(name, value, { maxKeys: 6 });
const content = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 }), fc.constantFrom(16_384, 16_385, 50_000));
const exchange = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  path: fc.stringMatching(/^\/[a-z0-9?=&%]{0,30}$/),
  ...{ requestFields: fields, requestBytes: content, requestTrailers: fields },
  ...{
    status: fc.constantFrom(200, 204, 404, 503),
    answerFields: fields,
    answerBytes: content,
    answerTrailers: fields,
  },
});
type Exchange = typeof exchange extends fc.Arbitrary<infer T> ? T : never;

const isEmpty = (lines: Record<string, string>) => Object.keys(lines).length === 0;

function send(stream: ClientHttp2Stream | ServerHttp2Stream, bytes: number, trailers: Record<string, string>): void {
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(Buffer.alloc(bytes, 'c'));
}

/** What passes when these are exchanged all at once, and what each side got. */
async function run(all: readonly Exchange[], headerTableSize: number): Promise<{ passed: Passed[]; got: string[][] }> {
  const got: string[][] = [];
  const { visitor, passed, end } = tappedPeers(
    (stream, lines) => {
      const at = Number(lines[lines.indexOf('at') + 1]);
      got[at] = lines;
      const one = all[at];
      if (!one) return;
      stream.resume().once('end', () => {
        if (one.status === 204)
          return void stream.respond({ ':status': 204, ...one.answerFields }, { endStream: true });
        stream.respond(
          { ':status': one.status, ...one.answerFields },
          { waitForTrailers: !isEmpty(one.answerTrailers) },
        );
        send(stream, one.answerBytes, one.answerTrailers);
      });
    },
    { headerTableSize },
  );
  const answered = all.map(async (one, at) => {
    const head = { ':method': one.method, ':path': one.path, ':authority': 'app.example', at: `${at}` };
    const hasBody = one.method !== 'GET';
    const stream = visitor.request(
      { ...head, ...one.requestFields },
      { endStream: !hasBody, waitForTrailers: hasBody && !isEmpty(one.requestTrailers) },
    );
    if (hasBody) send(stream, one.requestBytes, one.requestTrailers);
    const ended = once(stream, 'close');
    await buffer(stream);
    await ended;
  });
  await Promise.all(answered);
  await end();
  return { passed, got };
}

const flat = (lines: Record<string, string>) => Object.entries(lines).flat();

function expected(one: Exchange, lines: readonly string[]) {
  const hasBody = one.method !== 'GET';
  const hasAnswerBody = one.status !== 204;
  return {
    ...{ method: one.method, target: one.path, status: one.status, state: 'complete', problem: null },
    // All but the pseudo-headers, as the service got them.
    headers: ['host', 'app.example', ...lines.slice(lines.indexOf('at'))],
    requestBytes: hasBody ? one.requestBytes : 0,
    requestTrailers: hasBody ? flat(one.requestTrailers) : [],
    answerFields: flat(one.answerFields),
    answerBytes: hasAnswerBody ? one.answerBytes : 0,
    answerTrailers: hasAnswerBody ? flat(one.answerTrailers) : [],
  };
}

function seen(one: Capture, { answerFields }: Exchange) {
  const { request: asked, answer: answered, state, problem } = one;
  const lines = answered?.head.headers ?? [];
  return {
    ...{ method: asked.head.method, target: asked.head.target, status: answered?.head.status, state, problem },
    headers: asked.head.headers,
    ...{ requestBytes: asked.body.totalBytes, requestTrailers: asked.trailers },
    // The runtime adds a date.
    answerFields: lines.slice(0, 2 * Object.keys(answerFields).length),
    ...{ answerBytes: answered?.body.totalBytes, answerTrailers: answered?.trailers ?? [] },
  };
}

it('whatever two peers of the runtime exchange, in whatever pieces it passes, each exchange is captured whole', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 });
  const tables = fc.constantFrom(0, 64, 256, 4096, 65_536);
  await fc.assert(
    fc.asyncProperty(fc.array(exchange, { minLength: 1, maxLength: 6 }), sizes, tables, async (all, cuts, table) => {
      const { passed, got } = await run(all, table);
      const { capture, captures, ended } = captureHttp2();
      let turn = 0;
      for (const [from, bytes] of passed) {
        for (let at = 0; at < bytes.length; ) {
          const size = cuts[turn++ % cuts.length] ?? 1;
          showTo(capture, [[from, bytes.subarray(at, at + size)]]);
          at += size;
        }
      }
      expect(capture.isSettled).toBe(true);
      expect(captures().map((one, at) => seen(one, all[at] as Exchange))).toEqual(
        all.map((one, at) => expected(one, got[at] ?? [])),
      );
      expect(ended).toHaveLength(all.length);
    }),
    { numRuns: 60 },
  );
});

it('whatever bytes are changed on the way, nothing is thrown and nothing stays pending', async () => {
  const one: Exchange = {
    ...{
      method: 'POST',
      path: '/a',
      requestFields: { 'x-a': 'b' },
      requestBytes: 100,
      requestTrailers: { 'x-t': 'u' },
    },
    ...{ status: 200, answerFields: { 'x-b': 'c' }, answerBytes: 100, answerTrailers: { 'grpc-status': '0' } },
  };
  const { passed } = await run([one, { ...one, path: '/b' }, one], 4096);
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(changes, (all) => {
      const changed = passed.map(([from, bytes]) => [from, Buffer.from(bytes)] as const);
      for (const [piece, at, byte] of all) {
        const bytes = changed[piece % changed.length]?.[1];
        if (bytes && bytes.length > 0) bytes[at % bytes.length] = byte;
      }
      const { capture, captures } = captureHttp2();
      showTo(capture, changed);
      capture.closed(null);
      const problems = captures().map(({ problem }) => problem);
      expect(captures().filter(({ state }) => state === 'pending')).toEqual([]);
      // A mistake of ours would read so.
      expect(problems).not.toContain('the inspector failed');
    }),
    { numRuns: 2000 },
  );
});
