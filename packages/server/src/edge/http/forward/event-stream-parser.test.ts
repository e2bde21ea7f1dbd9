import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventStreamParser, EventTooLong, type StreamPart } from './event-stream-parser.ts';
import { eventText } from './event-text.ts';

function parse(pieces: readonly Uint8Array[], maxChars = 1_000): StreamPart[] {
  const parser = new EventStreamParser(maxChars);
  return pieces.flatMap((piece) => parser.push(piece));
}

const parseText = (text: string) => parse([Buffer.from(text)]);
const nothing = { data: undefined, event: undefined, id: undefined, retry: undefined };
const message = (fields: object) => ({ kind: 'message', event: { ...nothing, ...fields } });

/** What a client makes of a stream, read from the standard (§9.2.6) in the plainest way: dispatches, ids and retries. */
function seenBy(text: string): unknown[] {
  const seen: unknown[] = [];
  let [data, type, id, lastId] = ['', '', '', ''];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  for (const line of lines.slice(0, -1)) {
    if (line === '') {
      if (id !== lastId) seen.push({ lastId: (lastId = id) });
      if (data !== '') seen.push({ data: data.slice(0, -1), type: type || 'message', id });
      [data, type] = ['', ''];
    } else if (!line.startsWith(':')) {
      const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? [];
      if (field === 'data') data += `${value}\n`;
      else if (field === 'event') type = value;
      else if (field === 'id' && !value.includes('\0')) id = value;
      else if (field === 'retry' && /^[0-9]+$/.test(value)) seen.push({ retry: Number(value) });
    }
  }
  return seen;
}

describe('EventStreamParser', () => {
  test.each<[what: string, text: string, expected: unknown[]]>([
    ['one message', 'data: a\n\n', [message({ data: 'a' })]],
    ['nothing of what has no empty line behind it', 'data:a\n\ndata:b\n', [message({ data: 'a' })]],
    ['every end of line', 'data:a\rdata:b\r\ndata:c\n\r', [message({ data: 'a\nb\nc' })]],
    ['CR LF as one end', 'data: a\r\n\r\ndata: b\r\n\r\n', [message({ data: 'a' }), message({ data: 'b' })]],
    ['one space only as no part of a value', 'data:  a \n\n', [message({ data: ' a ' })]],
    ['a field without a colon as empty', 'data\n\n', [message({ data: '' })]],
    ['colons in values', 'data: a:b\n\n', [message({ data: 'a:b' })]],
    ['a byte order mark as nothing', '\uFEFFdata: a\n\n', [message({ data: 'a' })]],
    ['a second one as part of a name', '\uFEFF\uFEFFdata: a\nid: 1\n\n', [message({ id: '1' })]],
    [
      'all fields, the last of each',
      'event: a\nevent: b\nid: 1\nid: 2\nretry: 3\n\n',
      [message({ event: 'b', id: '2', retry: '3' })],
    ],
    ['no id with NUL', 'id: 1\nid: a\0b\n\n', [message({ id: '1' })]],
    ['no retry but digits', 'retry: 1e3\nretry: ٣\ndata: a\n\n', [message({ data: 'a' })]],
    ['no unknown field, and none in other letters', 'Data: x\ndata : y\nsecret: z\n\n', []],
    [
      'comments at once',
      ': a\ndata: b\n:c\n\n',
      [{ kind: 'comment', text: ' a' }, { kind: 'comment', text: 'c' }, message({ data: 'b' })],
    ],
    ['no message that does not end', 'data: a\n\ndata: b\n', [message({ data: 'a' })]],
    ['empty lines as nothing', '\n\r\r\n\n', []],
  ])('reads %s', (_, text, expected) => {
    expect(parseText(text)).toEqual(expected);
  });

  test('gives a message with the byte that ends it', () => {
    const parser = new EventStreamParser(100);
    const gives = [...Buffer.from('data: a\r\r\ndata: b\n\n')].map((byte) => parser.push(Buffer.of(byte)).length);
    expect(gives.flatMap((count, i) => (count ? [i] : []))).toEqual([8, 18]);
  });

  test('puts U+FFFD for what is no UTF-8, as clients do', () => {
    expect(parse([Buffer.from('data: \xe9\n\n', 'latin1')])).toEqual([message({ data: '\uFFFD' })]);
  });

  test.each([
    ['one line', ['data: ', 'x'.repeat(1_000)]],
    ['a comment', [':', 'x'.repeat(1_000)]],
    ['many lines', Array.from({ length: 300 }, () => 'data\n')],
    ['unknown fields', Array.from({ length: 300 }, () => 'abcd\n')],
  ])('takes no message that is too long by %s', (_, pieces) => {
    expect(() => parse(pieces.map((piece) => Buffer.from(piece)))).toThrow(EventTooLong);
  });

  test('counts each message for itself', () => {
    expect(parse(Array.from({ length: 300 }, () => Buffer.from('data: abc\n\n: abc\n')))).toHaveLength(600);
  });
});

/** Mostly what means something, and whatever else. */
const streams = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom('\n', '\r', '\r\n', '\n\n', 'data', ':', ': ', 'event', 'id', 'retry', '1', ' '),
      },
      { weight: 1, arbitrary: fc.constantFrom('\uFEFF', '\0', '😀', 'é', '\u2028', 'data: a\n\n') },
      { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 5 }) },
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

test('EventStreamParser reads the same however the bytes are cut', () => {
  fc.assert(
    fc.property(streams, fc.array(fc.nat(300), { maxLength: 40 }), (text, cuts) => {
      const bytes = Buffer.from(text);
      const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const pieces = edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
      expect(parse(pieces)).toEqual(parse([bytes]));
    }),
    { numRuns: 1_000 },
  );
});

test('a stream that is read and written again means the same to a client', () => {
  fc.assert(
    fc.property(streams, (unfinished) => {
      // What has no empty line behind it is not sent on; a client would still learn its "retry".
      const text = `${unfinished}\n\n`;
      expect(seenBy(parseText(text).map(eventText).join(''))).toEqual(seenBy(text));
    }),
    { numRuns: 1_000 },
  );
});

test.each(['a\nb', 'a\rdata: x'])('eventText() does not send %j as one line', (retry) => {
  expect(() => eventText({ kind: 'message', event: { ...nothing, retry } })).toThrow(TypeError);
});

test('eventText() sends data of several lines, whatever ends them', () => {
  expect(eventText({ kind: 'message', event: { ...nothing, data: 'a\r\n\rb\nid: 1' } })).toBe(
    'data: a\ndata: \ndata: b\ndata: id: 1\n\n',
  );
});
