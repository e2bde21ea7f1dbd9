import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { until } from '../http-front.testkit.ts';
import {
  endHeaders,
  endStream,
  frameType,
  type HeaderPair,
  h2Frame,
  indexedHeader,
  literalHeaders,
  uint32,
} from '../http2/raw-h2.testkit.ts';
import { startPool } from './http2-upstream.testkit.ts';

const settings = h2Frame(frameType.settings, 0, 0);
const ping = h2Frame(frameType.ping, 0, 0, Buffer.alloc(8));

function head(lines: readonly HeaderPair[], flags = endHeaders): Buffer {
  return h2Frame(frameType.headers, flags, 1, literalHeaders(lines));
}
const ok = (...lines: HeaderPair[]): Buffer => head([[':status', '200'], ...lines]);
const wholeOk = (...lines: HeaderPair[]): Buffer => head([[':status', '200'], ...lines], endHeaders | endStream);
const data = (text: string, flags = 0): Buffer => h2Frame(frameType.data, flags, 1, Buffer.from(text));
const reset = (code: number): Buffer => h2Frame(frameType.reset, 0, 1, uint32(code));
const goAway = (lastStream: number, code: number): Buffer =>
  h2Frame(frameType.goaway, 0, 0, Buffer.concat([uint32(lastStream), uint32(code)]));
const push = h2Frame(
  5,
  endHeaders,
  1,
  Buffer.concat([
    uint32(2),
    literalHeaders([
      [':method', 'GET'],
      [':scheme', 'https'],
      [':authority', 'a'],
      [':path', '/'],
    ]),
  ]),
);
const repeat = (frame: Buffer, times: number): Buffer => Buffer.concat(Array.from({ length: times }, () => frame));
/** Lines of 1,000 bytes each. */
const long = (count: number): HeaderPair[] =>
  Array.from({ length: count }, (_, i) => [`x${String(i).padStart(3, '0')}`, 'v'.repeat(992)]);
/** A head in as many frames as it needs. */
function longHead(lines: readonly HeaderPair[]): Buffer {
  const block = literalHeaders([[':status', '200'], ...lines]);
  const frames: Buffer[] = [];
  for (let at = 0; at < block.length; at += 16_384) {
    const flags = at + 16_384 >= block.length ? endHeaders : 0;
    const type = at === 0 ? frameType.headers : frameType.continuation;
    frames.push(h2Frame(type, flags, 1, block.subarray(at, at + 16_384)));
  }
  return Buffer.concat(frames);
}

/** Does something once the request has come, as every answer has to. */
function onRequest(far: Duplex, act: () => void): void {
  // node:http2 writes the frames of a request one by one.
  far.on('data', (chunk: Buffer) => {
    if (chunk[3] === frameType.headers) act();
  });
}

/** Answers the first request with these bytes; resolves with what its receiver is told until it is over. */
async function answerWith(bytes: Buffer, options: { ends?: boolean } = {}): Promise<string[]> {
  const { send } = startPool((far) =>
    onRequest(far, () => {
      far.write(bytes);
      if (options.ends) far.end();
    }),
  );
  const { receiver } = send();
  await until(() => /^(failure|end)/.test(receiver.told.at(-1) ?? ''));
  return receiver.told;
}

test.each<[string, Buffer, string[]]>([
  ['a whole answer', Buffer.concat([ok(), data('hi', endStream)]), ['answer 200', 'body hi', 'end']],
  ['interim answers', Buffer.concat([head([[':status', '103']]), wholeOk()]), ['interim 103', 'answer 200', 'end']],
  [
    'a whole answer before a reset',
    Buffer.concat([ok(), data('hi', endStream), reset(0)]),
    ['answer 200', 'body hi', 'end'],
  ],
  ['an empty 204', Buffer.concat([head([[':status', '204']]), data('', endStream)]), ['answer 204', 'end']],
  ['a head of 60 kB', Buffer.concat([longHead(long(60)), data('', endStream)]), ['answer 200', 'end']],
  ['200 lines', wholeOk(...Array.from({ length: 200 }, (_, i): HeaderPair => [`x${i}`, ''])), ['answer 200', 'end']],
  ['unknown frames (RFC 9113 §5.5)', Buffer.concat([h2Frame(99, 255, 0), wholeOk()]), ['answer 200', 'end']],
])('%s is told as it is', async (_, bytes, expected) => {
  expect(await answerWith(Buffer.concat([settings, bytes]))).toEqual(expected);
});

test.each<[string, Buffer]>([
  ['a connection line', ok(['connection', 'close'])],
  ['a name in upper case', ok(['X-A', 'b'])],
  ['a pseudo header twice', ok([':status', '204'])],
  ['a pseudo header of requests', ok([':path', '/'])],
  ['no status', head([['x', 'y']])],
  ['status 101', head([[':status', '101']])],
  ['an interim answer that is the last', head([[':status', '103']], endHeaders | endStream)],
  ['status 600', head([[':status', '600']])],
  ['status 20', head([[':status', '20']])],
  ['a length of 16 digits', ok(['content-length', '1000000000000000'])],
  ['two lengths', ok(['content-length', '1'], ['content-length', '1'])],
  ['an end with the head although there is a length', wholeOk(['content-length', '1'])],
  ['content before the head', data('hi')],
  ['a head of 70 kB', longHead(long(70))],
  ['201 lines', ok(...Array.from({ length: 201 }, (_, i): HeaderPair => [`x${i}`, '']))],
  ['a frame longer than agreed', h2Frame(frameType.data, 0, 1, Buffer.alloc(16_385))],
  ['SETTINGS of half an entry', h2Frame(frameType.settings, 0, 0, Buffer.alloc(3))],
  ['a window that overflows', repeat(h2Frame(frameType.windowUpdate, 0, 0, uint32(0x7fffffff)), 2)],
  ['a broken header block', h2Frame(frameType.headers, endHeaders, 1, Buffer.alloc(8, 0xff))],
  ['another stream inside a header block', Buffer.concat([head([[':status', '200']], 0), ping])],
  [
    'endless CONTINUATION',
    Buffer.concat([head([[':status', '200']], 0), repeat(h2Frame(9, 0, 1, literalHeaders([['a', 'b']])), 1000)]),
  ],
  ['endless empty CONTINUATION', Buffer.concat([head([[':status', '200']], 0), repeat(h2Frame(9, 0, 1), 1000)])],
  [
    'an HPACK bomb',
    h2Frame(
      frameType.headers,
      endHeaders,
      1,
      Buffer.concat([
        literalHeaders([[':status', '200']]),
        indexedHeader('x', 'v'.repeat(4000)),
        Buffer.alloc(10_000, 0xbe),
      ]),
    ),
  ],
  ['a flood of unknown frames', repeat(h2Frame(99, 0, 0), 20_000)],
  ['a flood of PING', repeat(ping, 2_000)],
  ['a flood of SETTINGS', repeat(settings, 2_000)],
])('%s is 3004', async (_, bytes) => {
  expect(await answerWith(Buffer.concat([settings, bytes]))).toEqual(['failure 3004']);
});

test.each<[string, Buffer, string]>([
  ['less content than its length', Buffer.concat([ok(['content-length', '3']), data('hi', endStream)]), 'failure 3004'],
  ['trailers of 9 kB', Buffer.concat([ok(), data('hi'), head(long(9), endHeaders | endStream)]), 'failure 3004'],
  ['a reset without error', Buffer.concat([ok(), data('hi'), reset(0)]), 'failure 9005'],
  ['a reset that cancels', Buffer.concat([ok(), data('hi'), reset(8)]), 'failure 9005'],
  ['a reset for an error', Buffer.concat([ok(), data('hi'), reset(2)]), 'failure 9005'],
  ['a broken frame', Buffer.concat([ok(), data('hi'), h2Frame(frameType.ping, 0, 0)]), 'failure 3004'],
  ['GOAWAY for an error', Buffer.concat([ok(), data('hi'), goAway(1, 2)]), 'failure 9005'],
])('an answer that goes on with %s is never whole', async (_, bytes, failure) => {
  const told = await answerWith(Buffer.concat([settings, bytes]));
  expect(told.filter((line) => line !== 'body hi')).toEqual(['answer 200', failure]);
});

test('an upstream that ends the connection for what we have sent has lost it, whatever it says', async () => {
  expect(await answerWith(Buffer.concat([settings, goAway(1, 1)]))).toEqual(['failure 9005']);
});

test('an answer without length that the end of the connection cuts is never whole', async () => {
  const bytes = Buffer.concat([settings, ok(), data('hi')]);
  expect(await answerWith(bytes, { ends: true })).toEqual(['answer 200', 'body hi', 'failure 9005']);
});

test.each<[string, string, { ends?: boolean }]>([
  ['an HTTP/1 answer', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', {}],
  ['an HTTP/1 answer and the end', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', { ends: true }],
  ['the end', '', { ends: true }],
  ['a greeting of SSH', 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n', {}],
])('%s from something that is no HTTP/2 server is 3004', async (_, text, options) => {
  expect(await answerWith(Buffer.from(text), options)).toEqual(['failure 3004']);
});

test.each<[string, HeaderPair]>([
  ['a line end in a value', ['x', 'a\r\nb']],
  ['a NUL in a value', ['x', 'a\0b']],
  ['a space in a name', ['x y', 'b']],
  ['no name', ['', 'b']],
])('a line with %s reaches nobody', async (_, line) => {
  const { send } = startPool((far) =>
    onRequest(far, () => far.write(Buffer.concat([settings, wholeOk(['a', 'b'], line)]))),
  );
  const { receiver } = send();
  await until(() => receiver.told.length > 0);
  expect(receiver.answer?.headers).toEqual(['a', 'b']);
});

test('content of a 204 or of an answer to HEAD reaches nobody', async () => {
  const bytes = Buffer.concat([settings, head([[':status', '204']]), data('hi', endStream)]);
  expect(await answerWith(bytes)).toEqual(['answer 204', 'failure 3004']);
});

test('pushed streams are cancelled, also before our SETTINGS are confirmed, and leave the request alone', async () => {
  const pushed = Buffer.concat([push, h2Frame(frameType.headers, endHeaders, 2, literalHeaders([[':status', '200']]))]);
  const content = h2Frame(frameType.data, 0, 2, Buffer.alloc(1000));
  const heard: Buffer[] = [];
  const { send } = startPool((far) => {
    far.on('data', (chunk: Buffer) => heard.push(chunk));
    onRequest(far, () => far.write(Buffer.concat([settings, pushed, content, wholeOk()])));
  });
  const { receiver } = send();
  const cancel = h2Frame(frameType.reset, 0, 2, uint32(8));
  await until(() => receiver.told.length === 2 && Buffer.concat(heard).includes(cancel));
  expect(receiver.told).toEqual(['answer 200', 'end']);
});

test.each([
  {
    name: 'PING',
    frame: ping,
    what: 'below the limit is answered for ever',
    isSlow: true,
    expected: ['answer 200', 'end'],
  },
  { name: 'PING', frame: ping, what: 'above the limit is a flood', isSlow: false, expected: ['failure 3004'] },
  { name: 'SETTINGS', frame: settings, what: 'above the limit is a flood', isSlow: false, expected: ['failure 3004'] },
])('$name $what', async ({ frame, isSlow, expected }) => {
  const { clock, far, send } = startPool((service) => {
    service.resume();
    service.write(settings);
  });
  const { receiver } = send();
  // nghttp2 takes a thousand answers that wait for a flood of its own.
  const block = repeat(frame, 500);
  for (let blocks = 0; blocks < 60 && !far[0]?.destroyed; blocks++) {
    await new Promise((written) => far[0]?.write(block, written));
    // The last one before this has been answered.
    await new Promise(setImmediate);
    if (isSlow && blocks % 15 === 14) clock.advance(1_000);
  }
  far[0]?.write(wholeOk());
  await until(() => receiver.told.length === expected.length);
  expect(receiver.told).toEqual(expected);
});

test.each([
  ['PING', ping],
  ['SETTINGS', settings],
])('an upstream that floods with %s and reads no answer is not read any more', async (_, frame) => {
  let written = 0;
  const { send } = startPool((far) => {
    far.write(settings);
    const block = repeat(frame, 1000);
    const more = (): void =>
      void far.write(block, () => {
        written += block.length;
        if (written < 20_000_000) setImmediate(more);
      });
    more();
  });
  send();
  let turns = 0;
  await until(() => ++turns > 5_000);
  expect(written).toBeLessThan(1_000_000);
});

test('an upstream that breaks the rules and reads nothing is let go all the same', async () => {
  const { near, send } = startPool((far) =>
    onRequest(far, () => {
      far.pause();
      far.write(Buffer.concat([settings, repeat(settings, 500), data('hi')]));
    }),
  );
  const { receiver } = send();
  await until(() => near[0]?.destroyed ?? false);
  expect(receiver.told).toEqual(['failure 3004']);
});
