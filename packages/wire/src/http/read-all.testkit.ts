import { AnswerReader } from './answer-reader.ts';
import type { AnswerHead, HeaderLines, MessageLimits, RequestHead } from './message.ts';
import { RequestReader } from './request-reader.ts';

export const testLimits: MessageLimits = Object.freeze({
  maxHeadBytes: 4096,
  maxHeaderLines: 40,
  maxTrailerBytes: 512,
  maxChunkExtensionBytes: 256,
});

/** What was read of one message. */
export interface SeenMessage<Head> {
  readonly head: Head;
  body: string;
  trailers: HeaderLines;
  isWhole: boolean;
}

export interface Seen<Head> {
  readonly messages: SeenMessage<Head>[];
  /** `open`: more may come. `over`: what may come is not read. Else: why a message was refused. */
  end: 'open' | 'over' | 'malformed' | 'tooLarge';
  /** What the reader says is wrong; empty if nothing. */
  problem: string;
}

interface Reader<Head> {
  readonly head: Head;
  readonly piece: Buffer;
  readonly trailers: HeaderLines;
}

/** Feeds chunks, which must not be empty, and notes what is read; upgrades are read on behind like other requests. */
export function readRequests(chunks: readonly Buffer[], limits = testLimits): Seen<RequestHead> {
  const reader = new RequestReader(limits);
  const seen: Seen<RequestHead> = { messages: [], end: 'open', problem: '' };
  for (const chunk of chunks) {
    reader.feed(chunk);
    for (let event = reader.next(); event !== 'none'; event = reader.next()) {
      if (event === 'malformed') Object.assign(seen, { end: reader.problem.kind, problem: reader.problem.text });
      else note(seen.messages, event, reader);
      if (event === 'end' && !reader.head.keepsAlive) seen.end = 'over';
    }
  }
  return seen;
}

/**
 * Feeds chunks, which must not be empty, then the end of the stream. The next answer is expected, as an upstream connection
 * would, behind one that keeps the connection alive.
 */
export function readAnswers(chunks: readonly Buffer[], methods: readonly string[]): Seen<AnswerHead> {
  const reader = new AnswerReader(testLimits);
  const seen: Seen<AnswerHead> = { messages: [], end: 'open', problem: '' };
  let expected = 0;
  reader.expect(methods[expected++] ?? 'GET');
  for (const chunk of chunks) {
    reader.feed(chunk);
    for (let event = reader.next(); event !== 'none'; event = reader.next()) {
      if (event === 'malformed') Object.assign(seen, { end: reader.problem.kind, problem: reader.problem.text });
      else noteAnswer(seen, event, reader);
      const method = methods[expected];
      if (event !== 'end' || !reader.head.keepsAlive || method === undefined) continue;
      expected++;
      seen.end = 'open';
      reader.expect(method);
    }
  }
  if (reader.endOfInput() === 'end') note(seen.messages, 'end', reader);
  return seen;
}

function noteAnswer(
  seen: Seen<AnswerHead>,
  event: 'interim' | 'switch' | 'head' | 'body' | 'end',
  reader: AnswerReader,
): void {
  if (event === 'interim' || event === 'switch')
    seen.messages.push({ head: reader.head, body: '', trailers: [], isWhole: true });
  else note(seen.messages, event, reader);
  if (event === 'switch' || event === 'end') seen.end = 'over';
}

/** Latin1 text as one chunk; none if it is empty. */
export function whole(text: string): Buffer[] {
  return text === '' ? [] : [Buffer.from(text, 'latin1')];
}

/** The same as chunks of one byte. */
export function bytewise(text: string): Buffer[] {
  return Array.from(text, (character) => Buffer.from(character, 'latin1'));
}

function note<Head>(messages: SeenMessage<Head>[], event: 'head' | 'body' | 'end', reader: Reader<Head>): void {
  const last = messages.at(-1);
  if (event === 'head') messages.push({ head: reader.head, body: '', trailers: [], isWhole: false });
  else if (last !== undefined && event === 'body') last.body += reader.piece.toString('latin1');
  else if (last !== undefined) {
    last.trailers = reader.trailers;
    last.isWhole = true;
  }
}
