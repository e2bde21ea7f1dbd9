import { answerHeadText } from '@adit/wire';
import type { AnswerHead, HeaderLines } from '../exchange.ts';
import { lineValue } from '../header-lines.ts';

/** How the end of an answer's content shows (RFC 9112 §6.3). */
export type ContentFraming = 'none' | 'length' | 'chunked' | 'untilClose';

/** What framing depends on besides the answer's head. */
export interface AnsweredRequest {
  readonly method: string;
  readonly version: '1.0' | '1.1';
  /** True: the connection closes behind this answer, whatever its framing. */
  readonly isLast: boolean;
  /** Of now, for an upstream that told none (RFC 9110 §6.6.1). */
  readonly date: string;
}

export interface FramedAnswer {
  /** The head as it goes on the wire. */
  readonly text: string;
  readonly framing: ContentFraming;
  /** Bytes of content that must follow; 0 for every framing but `length`. */
  readonly length: number;
  readonly isLast: boolean;
}

/**
 * Decides the framing of an answer and writes its head. `content-length` is taken from the head; nothing else of framing
 * is expected there.
 *
 * @throws {RangeError} The head has a `content-length` that is no length, or two of them.
 */
export function frameAnswer(head: AnswerHead, request: AnsweredRequest): FramedAnswer {
  const { status } = head;
  // RFC 9110 §8.6: no length in a 204. It would make some visitors wait for content.
  const headers = status === 204 ? withoutLength(head.headers) : head.headers;
  const declared = status === 204 ? -1 : declaredLength(headers);
  const framing = contentFraming(head, request, declared);
  const isLast = request.isLast || framing === 'untilClose';
  return {
    text: answerHeadText(status, head.reason, withLines(headers, { framing, declared, isLast, request })),
    framing,
    length: framing === 'length' ? Math.max(declared, 0) : 0,
    isLast,
  };
}

/** An upgraded stream's head: the protocol is in the lines that the owner gives. */
export function switchText(head: AnswerHead): string {
  return answerHeadText(head.status, head.reason, headersWithUpgrade(head.headers));
}

/** RFC 9110 §8.6: no length in an interim answer either. */
export function interimText(status: number, headers: HeaderLines): string {
  return answerHeadText(status, null, withoutLength(headers));
}

function contentFraming(head: AnswerHead, request: AnsweredRequest, declared: number): ContentFraming {
  // RFC 9110 §6.4.1: never content, whatever the head says.
  if (request.method === 'HEAD' || head.status === 204 || head.status === 304) return 'none';
  if (declared >= 0 || !head.hasBody) return 'length';
  return request.version === '1.1' ? 'chunked' : 'untilClose';
}

interface AddedLines {
  readonly framing: ContentFraming;
  readonly declared: number;
  readonly isLast: boolean;
  readonly request: AnsweredRequest;
}

/** The common answer, dated, with a length and on a connection that goes on, needs no line and no copy. */
function withLines(headers: HeaderLines, { framing, declared, isLast, request }: AddedLines): HeaderLines {
  let added: HeaderLines = lineValue(headers, 'date') === null ? headers.concat('Date', request.date) : headers;
  if (framing === 'chunked') added = added.concat('Transfer-Encoding', 'chunked');
  else if (framing === 'length' && declared < 0) added = added.concat('Content-Length', '0');
  if (isLast) return added.concat('Connection', 'close');
  return request.version === '1.0' ? added.concat('Connection', 'keep-alive') : added;
}

function isLengthName(name: string | undefined): boolean {
  return name?.length === 14 && name.toLowerCase() === 'content-length';
}

/** -1: there is none. */
function declaredLength(headers: HeaderLines): number {
  let declared = -1;
  for (let i = 0; i < headers.length; i += 2) {
    if (!isLengthName(headers[i])) continue;
    const value = headers[i + 1] ?? '';
    if (declared >= 0 || !/^\d{1,15}$/.test(value))
      throw new RangeError('Cannot frame an answer by its content-length');
    declared = Number(value);
  }
  return declared;
}

function withoutLength(headers: HeaderLines): HeaderLines {
  return headers.filter((_, i) => !isLengthName(headers[i - (i % 2)]));
}

function headersWithUpgrade(headers: HeaderLines): HeaderLines {
  return lineValue(headers, 'connection') === null ? headers.concat('Connection', 'Upgrade') : headers;
}
