import type { AditError } from '@adit/contracts';
import type { ConnectionTap } from '@adit/sdk';
import { type AnswerEvent, AnswerReader, type HeaderLines, type MessageLimits, RequestReader } from '@adit/wire';
import { asBuffer } from './as-buffer.ts';
import type { Capture, CaptureSink, CaptureState } from './capture.ts';
import { PackedAnswerHead, PackedRequestHead } from './packed-head.ts';
import { ProxyHeaderSkipper } from './proxy-header-skipper.ts';

export interface ConnectionCaptureOptions extends CaptureSink {
  readonly limits: MessageLimits & { readonly maxPipelinedRequests: number; readonly maxProxyHeaderBytes: number };
}

/**
 * Reads the requests and answers of one connection from the bytes that pass. What it cannot read it stops reading: the
 * connection itself neither waits nor fails for it.
 */
export class ConnectionCapture implements ConnectionTap {
  readonly #options: ConnectionCaptureOptions;
  readonly #skipper: ProxyHeaderSkipper;
  readonly #requests: RequestReader;
  #answers: AnswerReader;
  /** Requests whose answers are not whole, in their order. */
  readonly #waiting: Capture[] = [];
  /** The request whose body comes now. */
  #incoming: Capture | null = null;
  #isOver = false;

  constructor(options: ConnectionCaptureOptions) {
    this.#options = options;
    this.#skipper = new ProxyHeaderSkipper(options.limits.maxProxyHeaderBytes);
    this.#requests = new RequestReader(options.limits, { keepsLines: false });
    this.#answers = new AnswerReader(options.limits, { keepsLines: false });
  }

  /** Nothing is awaited: every request that began has its answer, or will not get it. */
  get isSettled(): boolean {
    return this.#waiting.length === 0;
  }

  fromVisitor(bytes: Uint8Array): void {
    if (this.#isOver) return;
    try {
      this.#readRequests(this.#skipper.take(asBuffer(bytes)));
    } catch {
      this.#fail();
    }
  }

  fromUpstream(bytes: Uint8Array): void {
    if (this.#isOver) return;
    try {
      this.#readAnswers(asBuffer(bytes));
    } catch {
      this.#fail();
    }
  }

  closed(error: AditError | null): void {
    if (this.#isOver) return;
    try {
      if (error === null && this.#answers.endOfInput() === 'end') this.#endAnswer(this.#answers.trailers);
    } catch {
      this.#fail();
    }
    this.#stop(error?.message ?? 'the connection ended');
  }

  /** Whoever looks on must never be the reason that a connection fails, whatever mistake is in here. */
  #fail(): void {
    this.#stop('the inspector failed');
  }

  #readRequests(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const reader = this.#requests;
    reader.feed(bytes);
    for (let event = reader.next(); event !== 'none' && !this.#isOver; event = reader.next()) {
      if (event === 'malformed') return this.#stop(`the request cannot be read: ${reader.problem.text}`);
      if (event === 'head') this.#beginRequest();
      else if (event === 'body') this.#incoming?.request.body.add(reader.piece);
      else this.#endRequest();
    }
  }

  #beginRequest(): void {
    const { limits } = this.#options;
    if (this.#waiting.length >= limits.maxPipelinedRequests) return this.#stop('too many requests wait for answers');
    const { head, headText } = this.#requests;
    this.#incoming = this.#options.begin(new PackedRequestHead(headText), this.#skipper.header);
    this.#waiting.push(this.#incoming);
    if (this.#waiting.length === 1) this.#answers.expect(head.method);
  }

  #endRequest(): void {
    const capture = this.#incoming;
    if (!capture) return;
    this.#incoming = null;
    capture.addTrailers('request', this.#requests.trailers);
    capture.requestEndMs = this.#options.now();
    this.#options.changed(capture);
  }

  #readAnswers(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#answers.feed(bytes);
    for (let event = this.#answers.next(); event !== 'none' && !this.#isOver; event = this.#answers.next()) {
      this.#takeAnswer(event);
    }
  }

  #takeAnswer(event: Exclude<AnswerEvent, 'none'>): void {
    const reader = this.#answers;
    const [capture] = this.#waiting;
    if (event === 'malformed' || !capture) return this.#stop(`the answer cannot be read: ${reader.problem.text}`);
    if (event === 'interim') return;
    if (event === 'body') return capture.answer?.body.add(reader.piece);
    if (event === 'end') return this.#endAnswer(reader.trailers);
    const head = new PackedAnswerHead(reader.headText, reader.isToHead);
    capture.beginAnswer(head, this.#options.now());
    if (event === 'head') return this.#options.changed(capture);
    this.#finish('switched', null);
    this.#stop('the protocol was switched');
  }

  #endAnswer(trailers: HeaderLines): void {
    const [capture] = this.#waiting;
    capture?.addTrailers('answer', trailers);
    this.#finish('complete', null);
    const [next] = this.#waiting;
    if (!next) return;
    // An edge would take what stands behind an answer for no answer at all; here it may be that to a pipelined request.
    const rest = this.#answers.takeRest();
    this.#answers = new AnswerReader(this.#options.limits, { keepsLines: false });
    this.#answers.expect(next.request.head.method);
    if (rest) this.#answers.feed(rest);
  }

  #finish(state: CaptureState, problem: string | null): void {
    const capture = this.#waiting.shift();
    if (!capture) return;
    capture.end(state, problem, this.#options.now());
    this.#options.changed(capture);
    this.#options.ended(capture);
  }

  #stop(problem: string): void {
    this.#isOver = true;
    this.#incoming = null;
    this.#requests.takeRest();
    this.#answers.takeRest();
    while (this.#waiting.length > 0) this.#finish('cut', problem);
  }
}
