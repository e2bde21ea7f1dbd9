import type { HeaderLines } from '@adit/wire';
import { answerHeadText, chunkEnd, chunkHead, lastChunk, requestHeadText } from '@adit/wire';
import type { Capture, CapturedAnswerHead, CapturedMessage, CapturedRequestHead } from '../capture/capture.ts';
import { redactLines, redactUrl } from './redact.ts';

export interface ShownMessage {
  readonly lines: HeaderLines;
  readonly trailers: HeaderLines;
  readonly body: CapturedMessage<unknown>['body'];
}

/** What may be shown of a capture: everything, or all but its secrets. Whoever shows one goes through here. */
export interface ShownCapture {
  readonly capture: Capture;
  readonly isRevealed: boolean;
  /** The request target. */
  readonly target: string;
  readonly request: ShownMessage & { readonly head: CapturedRequestHead };
  readonly answer: (ShownMessage & { readonly head: CapturedAnswerHead }) | null;
}

/** @param isRevealed Only when somebody asked for just this. */
export function showCapture(capture: Capture, isRevealed: boolean): ShownCapture {
  const lines = (all: HeaderLines): HeaderLines => (isRevealed ? all : redactLines(all));
  const message = <Head extends { headers: HeaderLines }>({ head, body, trailers }: CapturedMessage<Head>) => ({
    ...{ head, body },
    lines: lines(head.headers),
    trailers: lines(trailers),
  });
  const { request, answer } = capture;
  const target = isRevealed ? request.head.target : redactUrl(request.head.target);
  return { capture, isRevealed, target, request: message(request), answer: answer && message(answer) };
}

/**
 * The request as it was on the wire, apart from where its chunks were cut; without an end if its body was truncated. One of
 * HTTP/2 as it would be in HTTP/1.1, but for the version and its trailers, for which that had no place.
 */
export function rawRequest({ target, request }: ShownCapture): Buffer {
  const { head } = request;
  return raw(requestHeadText(head.method, target, request.lines), request);
}

/** The answer in the same way; null if there is none. */
export function rawAnswer({ answer }: ShownCapture): Buffer | null {
  if (!answer) return null;
  const { head } = answer;
  // HTTP/2 has no words for a status.
  const reason = head.version === '2' ? null : head.reason;
  return raw(answerHeadText(head.status, reason, answer.lines), answer);
}

function raw(text: string, { head: { version, framing }, body, trailers }: ShownMessage & VersionedMessage): Buffer {
  const { bytes } = body;
  const head = version === '2' ? text.replace('HTTP/1.1', 'HTTP/2.0') : text;
  if (framing !== 'chunked') return Buffer.concat([latin1(head), bytes]);
  const before = bytes.length === 0 ? '' : chunkHead(bytes.length);
  const end = body.isTruncated ? '' : `${bytes.length === 0 ? '' : chunkEnd}${lastChunk(trailers)}`;
  return Buffer.concat([latin1(head + before), bytes, latin1(end)]);
}

type VersionedMessage = { readonly head: Pick<CapturedRequestHead | CapturedAnswerHead, 'version' | 'framing'> };

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
