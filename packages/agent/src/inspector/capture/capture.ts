import type { AnswerHead, HeaderLines, RequestHead } from '@adit/wire';
import { KeptBytes, type KeptBytesOwner } from './kept-bytes.ts';
import { PackedHead } from './packed-head.ts';

const noTrailers: HeaderLines = Object.freeze([]);

/**
 * - `pending`: the answer is not whole yet.
 * - `complete`: it is.
 * - `switched`: the connection speaks another protocol now, and is seen no further.
 * - `cut`: the connection ended, or became unreadable, before the answer was whole.
 */
export type CaptureState = 'pending' | 'complete' | 'switched' | 'cut';

/** Whose the requests of one connection are. All its captures share it. */
export interface CaptureOrigin {
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

export class CapturedMessage<Head> {
  readonly head: Head;
  trailers: HeaderLines = noTrailers;
  readonly #makeBody: BodyMaker;
  #body: KeptBytes | null = null;

  constructor(head: Head, makeBody: BodyMaker) {
    this.head = head;
    this.#makeBody = makeBody;
  }

  /** Most requests have none, and keep nothing for it. */
  get body(): KeptBytes {
    this.#body ??= this.#makeBody.makeBody();
    return this.#body;
  }

  dropBody(): void {
    this.#body?.drop();
  }
}

interface BodyMaker {
  makeBody(): KeptBytes;
}

/** One request and its answer. Times are milliseconds since 1970; null until it came to that. */
export class Capture implements KeptBytesOwner {
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
  readonly #serial: number;
  readonly #memory: CaptureMemory;

  constructor(origin: CaptureOrigin, head: CapturedRequestHead, { serial, startMs, memory }: CaptureOptions) {
    this.#serial = serial;
    this.origin = origin;
    this.startMs = startMs;
    this.#memory = memory;
    this.costBytes = fixedBytes + headBytes(head);
    this.request = new CapturedMessage(head, this);
  }

  get id(): string {
    return this.#memory.idOf(this.#serial);
  }
  get durationMs(): number | null {
    return this.endMs === null ? null : this.endMs - this.startMs;
  }

  beginAnswer(head: CapturedAnswerHead, atMs: number): void {
    this.answerStartMs = atMs;
    this.answer = new CapturedMessage(head, this);
    this.claim(headBytes(head));
  }

  makeBody(): KeptBytes {
    return new KeptBytes(this.isStored ? this.#memory.maxBodyBytes : 0, this);
  }

  claim(bytes: number): void {
    this.#memory.claim(this, bytes);
  }

  /** Those of the request, or of the answer that has begun. */
  addTrailers(to: 'request' | 'answer', lines: HeaderLines): void {
    const message = this[to];
    if (!message || !this.isStored || lines.length === 0) return;
    message.trailers = lines;
    this.claim(linesBytes(lines));
  }

  end(state: CaptureState, problem: string | null, atMs: number): void {
    this.state = state;
    this.problem = problem;
    this.endMs = atMs;
  }

  drop(): void {
    this.isStored = false;
    this.request.dropBody();
    this.answer?.dropBody();
  }
}

/** What is told of the captures of one connection by whoever reads it. */
export interface CaptureSink {
  now(): number;
  begin(head: CapturedRequestHead, proxyHeader: Buffer): Capture;
  /** It has come further. */
  changed(capture: Capture): void;
  /** It is over; called once for each that began. */
  ended(capture: Capture): void;
}

/** What counts the memory of captures. */
export interface CaptureMemory {
  readonly maxBodyBytes: number;
  /** Made when somebody asks: most captures nobody ever looks at. */
  idOf(serial: number): string;
  /** So many more are used by this one; may `drop` it. */
  claim(capture: Capture, bytes: number): void;
}

export interface CaptureOptions {
  /** One more than that of the capture before it. */
  readonly serial: number;
  readonly startMs: number;
  readonly memory: CaptureMemory;
}

/** Objects of one capture, measured with some room to spare. */
const fixedBytes = 1280;
const lineBytes = 64;

function headBytes(head: { readonly headers: HeaderLines }): number {
  if (head instanceof PackedHead) return head.byteLength;
  return linesBytes(head.headers);
}

function linesBytes(lines: HeaderLines): number {
  return lines.reduce((sum, { length }) => sum + length, (lines.length / 2) * lineBytes);
}
