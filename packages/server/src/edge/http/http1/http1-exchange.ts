import type { Duplex } from 'node:stream';
import { chunkEnd, chunkHead, lastChunk, type RequestHead } from '@adit/wire';
import type { AnswerHead, Exchange, ExchangeOwner, HeaderLines } from '../exchange.ts';
import { lineValue } from '../header-lines.ts';
import { type ContentFraming, frameAnswer, interimText, switchText } from './answer-framing.ts';
import type { AnswerWriter } from './answer-writer.ts';

/** The connection that an exchange is on, as the exchange sees it. */
export interface ExchangeHost {
  readonly writer: AnswerWriter;
  readonly maxWaitingBytes: number;
  /** The time now, as HTTP writes it. */
  readonly date: string;
  /** True: no request is read behind the one under way. */
  readonly isLeaving: boolean;
  /** True: the visitor has ended his side. */
  readonly hasVisitorEnded: boolean;
  /** True: nothing reaches the visitor any more. */
  readonly isLost: boolean;
  /** The exchange receives content from now on. */
  bodyWanted(): void;
  /** What is left of the content is thrown away. */
  discardBody(): void;
  /** `isOver` of the exchange may have become true. */
  exchangeMayBeOver(): void;
  upgrade(headText: string): Duplex;
  destroy(): void;
}

/** One request of a connection and its answer. */
export class Http1Exchange implements Exchange {
  readonly version: '1.0' | '1.1';
  readonly method: string;
  readonly target: string;
  readonly authority = null;
  readonly headers: HeaderLines;
  readonly hasBody: boolean;
  readonly hasLength: boolean;
  readonly upgrade: readonly string[] | null;
  isAnswered = false;
  /** The answer was wholly given. */
  isEnded = false;
  /** The owner takes content now. */
  isReceiving = false;
  /** No request is read behind this one. */
  isLast: boolean;
  readonly #host: ExchangeHost;
  #owner: ExchangeOwner | null = null;
  #framing: ContentFraming = 'none';
  /** Content that the answer's length still promises. Bytes. */
  #left = 0;
  #mayHaveTrailers = false;
  #isBodyDone: boolean;
  #isDiscarded = false;
  #hasContinued = false;
  #isHeldUp = false;
  #isClosed = false;

  constructor(host: ExchangeHost, head: RequestHead) {
    this.#host = host;
    this.version = head.version;
    this.method = head.method;
    this.target = head.target;
    this.headers = head.headers;
    this.hasBody = head.framing === 'chunked' || head.length > 0;
    this.hasLength = head.length >= 0;
    // Whoever has ended his side has nothing to say on a raw stream.
    this.upgrade = host.hasVisitorEnded ? null : head.upgrade;
    this.isLast = !head.keepsAlive;
    this.#isBodyDone = !this.hasBody;
  }

  get isClosed(): boolean {
    return this.#isClosed || this.#host.isLost;
  }

  /** Nothing is left to do but to wait until what was written has left. */
  get isOver(): boolean {
    return this.isEnded && (this.#isBodyDone || this.#isDiscarded);
  }

  own(owner: ExchangeOwner): void {
    this.#owner = owner;
  }

  resumeBody(): void {
    if (this.isReceiving || this.#isBodyDone || this.#isDiscarded || this.isClosed) return;
    this.isReceiving = true;
    this.#host.bodyWanted();
  }

  pauseBody(): void {
    this.isReceiving = false;
  }

  inform(status: number, headers: HeaderLines): void {
    // RFC 9110 §15.2: HTTP/1.0 knows no interim answers.
    if (this.version === '1.0' || this.isAnswered || this.isClosed) return;
    this.#host.writer.text(interimText(status, headers));
    if (status === 100) this.#hasContinued = true;
  }

  answer(head: AnswerHead): void {
    if (this.isAnswered || this.isClosed) return;
    const isLast = this.isLast || head.isLast || this.#host.isLeaving || this.#mayHaveWithheldBody();
    const { method, version } = this;
    const framed = frameAnswer(head, { method, version, isLast, date: this.#host.date });
    this.isAnswered = true;
    this.isLast = framed.isLast;
    this.#framing = framed.framing;
    this.#left = framed.length;
    this.#mayHaveTrailers = head.mayHaveTrailers;
    this.#host.writer.text(framed.text);
  }

  write(piece: Buffer): boolean {
    if (this.isEnded || this.isClosed) return false;
    if (!this.isAnswered) throw new TypeError('Cannot write content: there is no answer yet');
    // An empty chunk would be the last one.
    if (piece.length > 0 && this.#framing !== 'none') this.#writeFramed(piece);
    if (this.#host.isLost) return false;
    this.#isHeldUp = this.#host.writer.waitingBytes > this.#host.maxWaitingBytes;
    return !this.#isHeldUp;
  }

  end(trailers: HeaderLines): void {
    if (this.isEnded || this.isClosed) return;
    if (!this.isAnswered) throw new TypeError('Cannot end an answer: there is none yet');
    // A visitor would wait for the rest, or take the next answer for it.
    if (this.#left > 0) return this.abort();
    if (this.#framing === 'chunked') this.#host.writer.text(lastChunk(this.#mayHaveTrailers ? trailers : []));
    this.isEnded = true;
    this.#host.writer.flush();
    this.#host.exchangeMayBeOver();
  }

  acceptUpgrade(head: AnswerHead): Duplex {
    if (this.upgrade === null || this.isAnswered) throw new TypeError('Cannot upgrade: nobody asks for it');
    const text = switchText(head);
    this.isAnswered = true;
    return this.#host.upgrade(text);
  }

  discardBody(): void {
    if (this.#isBodyDone || this.#isDiscarded || this.isClosed) return;
    this.isReceiving = false;
    this.#isDiscarded = true;
    this.#host.discardBody();
    this.#host.exchangeMayBeOver();
  }

  abort(): void {
    if (!this.isEnded && !this.isClosed) this.#host.destroy();
  }

  /** For the connection: a piece of the content came. Only while `isReceiving`. */
  takeBody(piece: Buffer): void {
    this.#owner?.onBody(piece);
  }

  /** For the connection: the content is whole. */
  takeBodyEnd(trailers: HeaderLines): void {
    if (this.#isBodyDone) return;
    this.#isBodyDone = true;
    this.isReceiving = false;
    if (!this.#isDiscarded) this.#owner?.onBodyEnd(trailers);
    this.#host.exchangeMayBeOver();
  }

  /** For the connection: the stream has taken bytes. */
  drained(): void {
    if (!this.#isHeldUp || this.#host.writer.waitingBytes > this.#host.maxWaitingBytes) return;
    this.#isHeldUp = false;
    this.#owner?.onDrain();
  }

  /** For the connection: the exchange is over. */
  close(isWhole: boolean): void {
    this.#isClosed = true;
    this.isReceiving = false;
    this.#owner?.onClose(isWhole);
  }

  #writeFramed(piece: Buffer): void {
    const { writer } = this.#host;
    if (this.#framing === 'length') {
      this.#left -= piece.length;
      if (this.#left < 0) return this.#host.destroy();
      writer.piece(piece);
    } else if (this.#framing === 'chunked') {
      writer.text(chunkHead(piece.length));
      writer.piece(piece);
      writer.text(chunkEnd);
    } else writer.piece(piece);
  }

  /**
   * True: the visitor waited for 100, did not get it, and may or may not send the content now. Whatever came next could be
   * read in two ways (RFC 9110 §10.1.1), so nothing is read.
   */
  #mayHaveWithheldBody(): boolean {
    return !this.#isBodyDone && !this.#hasContinued && lineValue(this.headers, 'expect') !== null;
  }
}
