// HTTP/2 as it passes between two peers that are not ours, in files of its own: frames, their headers (hpack/), the requests and
// answers in them. HTTP/1.1 is in ../capture, and so is what both make: a `Capture`. Sending again is in ../replay.
import type { AditError } from '@adit/contracts';
import type { ConnectionTap } from '@adit/sdk';
import { asBuffer } from '../capture/as-buffer.ts';
import type { Capture, CaptureSink, CaptureState } from '../capture/capture.ts';
import { ProxyHeaderSkipper } from '../capture/proxy-header-skipper.ts';
import { errorText } from './error-text.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import { HpackDecoder, type HpackLimits } from './hpack/hpack-decoder.ts';
import { answerHead, requestHead, trailerLines } from './http2-head.ts';
import { Undecodable } from './undecodable.ts';

export interface Http2CaptureOptions extends CaptureSink {
  readonly limits: HpackLimits & { readonly maxOpenStreams: number; readonly maxProxyHeaderBytes: number };
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** One stream: a request and its answer. */
interface Exchange {
  readonly capture: Capture;
  isRequestOver: boolean;
  isAnswerOver: boolean;
}

/**
 * Reads the requests and answers of one HTTP/2 connection from the bytes that pass, each stream on its own. It only looks
 * on: what it cannot read it stops reading, and the connection itself neither waits nor fails for it.
 */
export class Http2Capture implements ConnectionTap {
  readonly #options: Http2CaptureOptions;
  readonly #skipper: ProxyHeaderSkipper;
  readonly #exchanges = new Map<number, Exchange>();
  /** With their tables; null when nothing is read any more. */
  #requests: FrameReader | null;
  #answers: FrameReader | null;
  #prefaceBytes = 0;
  #lastStreamId = 0;
  /** Exchanges whose answers are not whole. */
  #pending = 0;
  #isOver = false;

  constructor(options: Http2CaptureOptions) {
    const { limits } = options;
    this.#options = options;
    this.#skipper = new ProxyHeaderSkipper(limits.maxProxyHeaderBytes);
    this.#requests = new FrameReader(this.#requestSink(new HpackDecoder(limits)), limits);
    this.#answers = new FrameReader(this.#answerSink(new HpackDecoder(limits)), limits);
  }

  /** Nothing is awaited: every request that began has its answer, or will not get it. */
  get isSettled(): boolean {
    return this.#pending === 0;
  }

  fromVisitor(bytes: Uint8Array): void {
    this.#read('request', () => this.#requests?.read(this.#behindPreface(this.#skipper.take(asBuffer(bytes)))));
  }

  fromUpstream(bytes: Uint8Array): void {
    this.#read('answer', () => this.#answers?.read(asBuffer(bytes)));
  }

  closed(error: AditError | null): void {
    this.#stop(error?.message ?? 'the connection ended');
  }

  /** Whoever looks on must never be the reason that a connection fails, whatever mistake is in here. */
  #read(what: 'request' | 'answer', step: () => void): void {
    if (this.#isOver) return;
    try {
      step();
    } catch (error) {
      this.#stop(
        error instanceof Undecodable ? `the ${what} cannot be read: ${error.message}` : 'the inspector failed',
      );
    }
  }

  #behindPreface(bytes: Buffer): Buffer {
    const length = Math.min(bytes.length, preface.length - this.#prefaceBytes);
    if (bytes.compare(preface, this.#prefaceBytes, this.#prefaceBytes + length, 0, length) !== 0)
      throw new Undecodable('it is not HTTP/2');
    this.#prefaceBytes += length;
    return bytes.subarray(length);
  }

  #requestSink(hpack: HpackDecoder): FrameSink {
    return {
      headers: (id, block, endsStream) => {
        const lines = hpack.decode(block);
        const exchange = this.#exchanges.get(id);
        if (exchange && !endsStream) throw new Undecodable('headers come within the content');
        if (exchange) exchange.capture.addTrailers('request', trailerLines(lines));
        else if (id > this.#lastStreamId) this.#beginRequest(id, lines);
        if (endsStream) this.#endRequest(id);
      },
      promised: () => {
        throw new Undecodable('a visitor promised an answer');
      },
      data: (id, piece) => this.#exchanges.get(id)?.capture.request.body.add(piece),
      ended: (id) => this.#endRequest(id),
      reset: (id, code) => this.#reset(id, `the visitor gave it up${errorText(code)}`),
    };
  }

  #answerSink(hpack: HpackDecoder): FrameSink {
    return {
      headers: (id, block, endsStream) => {
        const lines = hpack.decode(block);
        const exchange = this.#exchanges.get(id);
        if (!exchange) return;
        const { answer } = exchange.capture;
        if (answer && !endsStream) throw new Undecodable('headers come within the content');
        if (answer) exchange.capture.addTrailers('answer', trailerLines(lines));
        else this.#beginAnswer(exchange, lines);
        if (exchange.capture.state === 'switched') this.#exchanges.delete(id);
        else if (endsStream) this.#endAnswer(id);
      },
      promised: (block) => void hpack.decode(block),
      data: (id, piece) => this.#exchanges.get(id)?.capture.answer?.body.add(piece),
      ended: (id) => this.#endAnswer(id),
      reset: (id, code) => this.#reset(id, `the service broke it off${errorText(code)}`),
    };
  }

  #beginRequest(id: number, lines: readonly string[]): void {
    const { limits } = this.#options;
    if (this.#exchanges.size >= limits.maxOpenStreams) throw new Undecodable('too many requests are under way');
    this.#lastStreamId = id;
    const capture = this.#options.begin(requestHead(lines), this.#skipper.header);
    this.#exchanges.set(id, { capture, isRequestOver: false, isAnswerOver: false });
    this.#pending++;
  }

  #endRequest(id: number): void {
    const exchange = this.#exchanges.get(id);
    if (!exchange || exchange.isRequestOver) return;
    exchange.isRequestOver = true;
    exchange.capture.requestEndMs = this.#options.now();
    if (exchange.isAnswerOver) this.#exchanges.delete(id);
    this.#options.changed(exchange.capture);
  }

  #beginAnswer(exchange: Exchange, lines: readonly string[]): void {
    const head = answerHead(lines);
    if (head.status < 200) return;
    const { capture } = exchange;
    capture.beginAnswer(head, this.#options.now());
    this.#options.changed(capture);
    // What passes in a tunnel is no content.
    if (capture.request.head.upgrade !== null && head.status < 300) this.#finish(exchange, 'switched', null);
  }

  #endAnswer(id: number): void {
    const exchange = this.#exchanges.get(id);
    if (!exchange) return;
    if (!exchange.capture.answer) throw new Undecodable('an answer ends before it began');
    this.#finish(exchange, 'complete', null);
    if (exchange.isRequestOver) this.#exchanges.delete(id);
  }

  /** Behind an early answer it only says that the rest of the request is not wanted. */
  #reset(id: number, problem: string): void {
    const exchange = this.#exchanges.get(id);
    if (!exchange) return;
    this.#exchanges.delete(id);
    this.#finish(exchange, 'cut', problem);
  }

  #finish(exchange: Exchange, state: CaptureState, problem: string | null): void {
    if (exchange.isAnswerOver) return;
    exchange.isAnswerOver = true;
    this.#pending--;
    const { capture } = exchange;
    capture.end(state, problem, this.#options.now());
    this.#options.changed(capture);
    this.#options.ended(capture);
  }

  #stop(problem: string): void {
    this.#isOver = true;
    this.#requests = null;
    this.#answers = null;
    for (const exchange of this.#exchanges.values()) this.#finish(exchange, 'cut', problem);
    this.#exchanges.clear();
  }
}
