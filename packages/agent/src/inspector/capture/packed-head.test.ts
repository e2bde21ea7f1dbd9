import { AnswerReader, RequestReader } from '@adit/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultInspectorLimits as limits } from '../inspector-limits.ts';
import { PackedAnswerHead, PackedRequestHead } from './packed-head.ts';

const keysOfRequest = ['method', 'target', 'version', 'headers', 'framing', 'length', 'keepsAlive', 'upgrade'] as const;
const keysOfAnswer = ['status', 'reason', 'version', 'headers', 'framing', 'length', 'keepsAlive'] as const;

/** Reads a head as a connection does: without its lines. Then packs it, and reads it with them for comparison. */
function requestHeads(text: string) {
  const reader = new RequestReader(limits, { keepsLines: false });
  reader.feed(Buffer.from(text, 'latin1'));
  expect(reader.next()).toBe('head');
  expect(reader.head.headers).toEqual([]);
  const whole = new RequestReader(limits);
  whole.feed(Buffer.from(text, 'latin1'));
  whole.next();
  return { packed: new PackedRequestHead(reader.headText), expected: whole.head, seen: reader.head };
}

function answerHeads(text: string, method: string) {
  const [reader, whole] = [new AnswerReader(limits, { keepsLines: false }), new AnswerReader(limits)];
  for (const each of [reader, whole]) {
    each.expect(method);
    each.feed(Buffer.from(text, 'latin1'));
  }
  expect(reader.next()).toBe(whole.next());
  return { packed: new PackedAnswerHead(reader.headText, reader.isToHead), expected: whole.head, seen: reader.head };
}

function pick<Key extends string>(from: Readonly<Record<Key, unknown>>, keys: readonly Key[]): object {
  return Object.fromEntries(keys.map((key) => [key, from[key]]));
}

const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/);
const value = fc.stringMatching(/^[!-~\u0080-\u00ff]([ -~\u0080-\u00ff]{0,40}[!-~\u0080-\u00ff])?$/);
const lines = fc.array(
  fc.oneof(
    fc.tuple(word, value),
    fc.constantFrom<[string, string]>(['Connection', 'close'], ['Connection', 'Upgrade'], ['Upgrade', 'websocket']),
  ),
  { maxLength: 12 },
);
const framing = fc.constantFrom('', 'Content-Length: 12\r\n', 'Transfer-Encoding: chunked\r\n');
const isFraming = /^(?:content-length|transfer-encoding)$/i;

function block(all: readonly (readonly [string, string])[], end: string): string {
  const texts = all.filter(([name]) => !isFraming.test(name)).map(([name, text]) => `${name}:  ${text}\t \r\n`);
  return `${texts.join('')}${end}\r\n`;
}

describe('a packed head says what its reader said', () => {
  it('of requests', () => {
    fc.assert(
      fc.property(fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS'), lines, framing, (method, all, end) => {
        const { packed, expected, seen } = requestHeads(`${method} /a?b=c HTTP/1.1\r\n${block(all, end)}`);
        expect(pick(packed, keysOfRequest)).toEqual(pick(expected, keysOfRequest));
        expect({ ...seen, headers: expected.headers }).toEqual(expected);
      }),
    );
  });

  it('of answers, to HEAD as well', () => {
    const first = fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.0 404 ', 'HTTP/1.1 204', 'HTTP/1.1 304 Not Modified');
    fc.assert(
      fc.property(fc.constantFrom('GET', 'HEAD'), first, lines, (method, start, all) => {
        const { packed, expected, seen } = answerHeads(`${start}\r\n${block(all, 'Content-Length: 7\r\n')}`, method);
        expect(pick(packed, keysOfAnswer)).toEqual(pick(expected, keysOfAnswer));
        expect({ ...seen, headers: expected.headers }).toEqual(expected);
      }),
    );
  });

  it('of a switch of protocols', () => {
    const { packed } = answerHeads('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n', 'GET');
    expect(pick(packed, ['status', 'reason', 'headers'])).toEqual({
      ...{ status: 101, reason: 'Switching Protocols', headers: ['Upgrade', 'websocket'] },
    });
  });
});

it('heads that are packed one after the other keep apart, over many slabs', () => {
  const filler = 'x'.repeat(30_000);
  const heads = Array.from({ length: 20 }, (_, at) => requestHeads(`GET /${at} HTTP/1.1\r\nA: ${filler}${at}\r\n\r\n`));
  expect(heads.map(({ packed }) => packed.target)).toEqual(heads.map((_, at) => `/${at}`));
  expect(heads.map(({ packed }) => packed.headers[1]?.slice(30_000))).toEqual(heads.map((_, at) => `${at}`));
});
