import type { AnswerHead, HeaderLines, RequestHead } from '@adit/wire';
import { KeptBytes } from './kept-bytes.ts';

/**
 * - `pending`: the answer is not whole yet.
 * - `complete`: it is.
 * - `switched`: the connection speaks another protocol now, and is seen no further.
 * - `cut`: the connection ended, or became unreadable, before the answer was whole.
 */
export type CaptureState = 'pending' | 'complete' | 'switched' | 'cut';

export interface CaptureOrigin {
  readonly id: string;
  readonly endpointName: string;
  /** `ip:port` of the visitor; of a replay `replay`. */
  readonly remoteAddress: string;
  /** The capture that this one repeats. */
  readonly replayOf: string | null;
  /** What stood before the first request of the connection: a PROXY protocol header, or nothing. */
  readonly proxyHeader: Buffer;
}

/** What is kept of a request's head, by whatever protocol it came. */
export interface CapturedRequestHead extends Pick<RequestHead, 'method' | 'target' | 'framing' | 'upgrade'> {
  readonly version: RequestHead['version'] | '2';
  /** Only HTTP/2 says it. */
  readonly scheme?: string | undefined;
  readonly headers: HeaderLines;
}

export interface CapturedAnswerHead extends Pick<AnswerHead, 'status' | 'reason' | 'framing'> {
  readonly version: AnswerHead['version'] | '2';
  readonly headers: HeaderLines;
}

export interface CapturedMessage<Head> {
  readonly head: Head;
  readonly body: KeptBytes;
  trailers: HeaderLines;
}

/** One request and its answer. Times are milliseconds since 1970; null until it came to that. */
export class Capture {
  readonly origin: CaptureOrigin;
  readonly request: CapturedMessage<CapturedRequestHead>;
  answer: CapturedMessage<CapturedAnswerHead> | null = null;
  state: CaptureState = 'pending';
  /** Why it was cut, as a phrase; null else. */
  problem: string | null = null;
  readonly startMs: number;
  requestEndMs: number | null = null;
  answerStartMs: number | null = null;
  endMs: number | null = null;
  /** False once it was cleared or had to make room: it keeps nothing then. */
  isStored = true;
  /** Memory that the store counts for it. */
  costBytes: number;
  readonly #claim: (bytes: number) => void;
  readonly #maxBodyBytes: number;

  constructor(origin: CaptureOrigin, head: CapturedRequestHead, options: CaptureOptions) {
    this.origin = origin;
    this.startMs = options.startMs;
    this.#maxBodyBytes = options.maxBodyBytes;
    this.#claim = (bytes) => options.claim(this, bytes);
    this.costBytes = fixedBytes + headBytes(head.headers) + head.target.length;
    this.request = { head, body: new KeptBytes(this.#maxBodyBytes, this.#claim), trailers: [] };
  }

  get id(): string {
    return this.origin.id;
  }
  get durationMs(): number | null {
    return this.endMs === null ? null : this.endMs - this.startMs;
  }

  beginAnswer(head: CapturedAnswerHead, atMs: number): void {
    this.answerStartMs = atMs;
    const body = new KeptBytes(this.isStored ? this.#maxBodyBytes : 0, this.#claim);
    this.answer = { head, body, trailers: [] };
    this.#claim(headBytes(head.headers));
  }

  /** Those of the request, or of the answer that has begun. */
  addTrailers(to: 'request' | 'answer', lines: HeaderLines): void {
    const message = this[to];
    if (!message || !this.isStored || lines.length === 0) return;
    message.trailers = lines;
    this.#claim(headBytes(lines));
  }

  drop(): void {
    this.isStored = false;
    this.request.body.drop();
    this.answer?.body.drop();
  }
}

export interface CaptureOptions {
  readonly startMs: number;
  readonly maxBodyBytes: number;
  claim(capture: Capture, bytes: number): void;
}

/** Objects, arrays and dates of one capture, measured with some room to spare. */
const fixedBytes = 4096;
const lineBytes = 64;

function headBytes(lines: HeaderLines): number {
  return lines.reduce((sum, { length }) => sum + length, (lines.length / 2) * lineBytes);
}
