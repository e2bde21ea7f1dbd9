import { expect, it } from 'vitest';
import { AnswerReader } from './answer-reader.ts';
import { bytewise, readRequests, testLimits, whole } from './read-all.testkit.ts';
import { RequestReader } from './request-reader.ts';

const get = 'GET / HTTP/1.1\r\n';
const chunked = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';
const limits = { maxHeadBytes: 100, maxHeaderLines: 3, maxTrailerBytes: 50, maxChunkExtensionBytes: 10 };

/** A head of exactly this many bytes. */
function headOf(bytes: number): string {
  return `${get}A: ${'b'.repeat(bytes - get.length - 7)}\r\n\r\n`;
}

/** Trailers of exactly this many bytes. */
function trailersOf(bytes: number): string {
  return `A: ${'b'.repeat(bytes - 7)}\r\n\r\n`;
}

it.each<[string, string, string, string]>([
  ['a head of the limit', headOf(100), 'open', ''],
  ['a head one byte over it', headOf(101), 'tooLarge', 'head over the limit'],
  ['a head far over it', headOf(5000), 'tooLarge', 'head over the limit'],
  ['a head over it without end', headOf(101).slice(0, 100), 'tooLarge', 'head over the limit'],
  ['a head that may still end at the limit', headOf(101).slice(0, 99), 'open', ''],
  ['a second head of the limit', headOf(100) + headOf(100), 'open', ''],
  ['as many lines as the limit', `${get}${'a:b\r\n'.repeat(3)}\r\n`, 'open', ''],
  ['one line more', `${get}${'a:b\r\n'.repeat(4)}\r\n`, 'tooLarge', 'too many header lines'],
  ['trailers of the limit', `${chunked}0\r\n${trailersOf(50)}`, 'open', ''],
  ['trailers one byte over it', `${chunked}0\r\n${trailersOf(51)}`, 'malformed', 'trailers over the limit'],
  ['too many trailer lines', `${chunked}0\r\n${'a:b\r\n'.repeat(4)}\r\n`, 'malformed', 'trailers over the limit'],
  ['an extension of the limit', `${chunked}3;${'a'.repeat(9)}\r\nabc\r\n0\r\n\r\n`, 'open', ''],
  ['one over it', `${chunked}3;${'a'.repeat(10)}\r\nabc\r\n0\r\n\r\n`, 'malformed', 'chunk extensions over the limit'],
  ['many that are over it', `${chunked}${'1;a\r\nx\r\n'.repeat(6)}`, 'malformed', 'chunk extensions over the limit'],
  ['as many in two messages', `${chunked}${'1;a\r\nx\r\n'.repeat(5)}0\r\n\r\n`.repeat(2), 'open', ''],
])('%s', (_, text, end, problem) => {
  expect(readRequests(whole(text), limits)).toMatchObject({ end, problem });
  expect(readRequests(bytewise(text), limits)).toMatchObject({ end, problem });
});

it('a sender of an endless line is refused with the byte that fills the limit', () => {
  const reader = new AnswerReader(testLimits);
  reader.expect('GET');
  for (let sent = 1; ; sent++) {
    reader.feed(Buffer.from('a'));
    if (reader.next() === 'none') continue;
    expect([sent, reader.problem.kind]).toEqual([testLimits.maxHeadBytes, 'tooLarge']);
    break;
  }
});

it('a head that comes slowly does not need the chunks that it came in', () => {
  const reader = new RequestReader(testLimits);
  const events: string[] = [];
  for (const byte of Buffer.from(`${get}A: b\r\n\r\n`)) {
    const chunk = Buffer.from([byte]);
    reader.feed(chunk);
    events.push(reader.next());
    chunk.fill(0);
  }
  expect([events.filter((event) => event !== 'none'), reader.head.headers]).toEqual([['head'], ['A', 'b']]);
});
