import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2';
import { AditError } from '@adit/contracts';
import type { HttpScheme } from '../../../domain/endpoint.ts';
import type { HeaderLines } from '../exchange.ts';
import type { HttpLimits } from '../http-limits.ts';
import type { UpstreamExchange, UpstreamReceiver, UpstreamRequest } from '../upstream.ts';
import { http2Failure } from './http2-failure.ts';
import { http2RequestLines, trailerFields, upgradeAnswerLines } from './http2-request-lines.ts';
import { type Http2StreamOwner, ownStream, readStream } from './http2-stream-events.ts';
import { Http2Tunnel } from './http2-tunnel.ts';

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;

/** The connection that a request is on. */
export interface Http2ExchangeOwner {
  readonly limits: HttpLimits;
  readonly scheme: HttpScheme;
  /** The upstream has shown that it speaks HTTP/2. */
  readonly isHttp2: boolean;
  /** Somebody else than we has ended it. */
  readonly isLost: boolean;
  /** True if the upstream has said that it left this stream alone (RFC 9113 §6.8). */
  isDisowned(streamId: number | undefined): boolean;
  /** The upstream refused a request unseen: whether it should be sent again. */
  mayRetryRefused(): boolean;
  noteAnswer(): void;
  noteReceived(bytes: number): void;
  notePause(): void;
  /** So many bytes more wait for the reader of an answer, or less. */
  noteHeld(exchange: Http2Exchange, difference: number): void;
  /** The upstream does not take the content of a request that it has not answered. */
  noteStall(exchange: Http2Exchange): void;
  /** It does again, or has answered, or the request is over. */
  noteStallOver(exchange: Http2Exchange): void;
  /** One that may not have been started is given up. */
  dropWaiting(exchange: Http2Exchange): void;
  /** The stream of a request is closed. Called once for each that was started. */
  release(): void;
}

/** What a piece costs while it waits, besides its content: an upstream may send a byte at a time. */
const pieceCostBytes = 128;

/** One request on an HTTP/2 connection. */
export class Http2Exchange implements UpstreamExchange, Http2StreamOwner {
  readonly #connection: Http2ExchangeOwner;
  readonly #request: UpstreamRequest;
  readonly #isReused: boolean;
  /** Null: nothing is told any more. */
  #receiver: UpstreamReceiver | null;
  #stream: ClientHttp2Stream | null = null;
  #hasHeard = false;
  #isAnswered = false;
  #hasBody = true;
  #isTunnel = false;
  #isRequestEnded = false;
  #isAnswerWhole = false;
  #requestTrailers: HeaderLines = [];
  #answerTrailers: HeaderLines = [];
  #error: Error | null = null;
  #isPaused = false;
  #heldBytes = 0;
  /** The stream is closed, and the end of its answer still has to be read. */
  #hasRest = false;

  /** @param options.isReused True if the connection has brought answers before. */
  constructor(
    connection: Http2ExchangeOwner,
    request: UpstreamRequest,
    options: { receiver: UpstreamReceiver; isReused: boolean },
  ) {
    this.#connection = connection;
    this.#request = request;
    this.#receiver = options.receiver;
    this.#isReused = options.isReused;
  }

  /** What waits here for the receiver. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Sends the head. Once.
   *
   * @throws {AditError} 9002: it cannot be said in HTTP/2.
   */
  start(session: ClientHttp2Session): void {
    const { body, upgrade } = this.#request;
    const lines = http2RequestLines(this.#request, this.#connection.scheme);
    const endStream = body === 'none' && upgrade === null;
    try {
      this.#stream = session.request(lines, { endStream, waitForTrailers: body === 'chunked' });
    } catch (error) {
      throw new AditError(9002, undefined, { cause: error });
    }
    ownStream(this.#stream, this);
  }

  write(piece: Buffer): boolean {
    const stream = this.#stream;
    // After a reset its writing side has ended already, while the answer may still have to be read.
    if (stream === null || stream.writableEnded || stream.destroyed) return true;
    const hasRoom = stream.write(piece);
    if (!hasRoom && !this.#isAnswered) this.#connection.noteStall(this);
    return hasRoom;
  }

  end(trailers: HeaderLines): void {
    if (this.#isRequestEnded) return;
    this.#isRequestEnded = true;
    this.#requestTrailers = trailers;
    this.#connection.noteStallOver(this);
    this.#stream?.end();
  }

  pause(): void {
    this.#isPaused = true;
    this.#stream?.pause();
    this.#connection.notePause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#hasRest) this.#readRest();
    else this.#stream?.resume();
  }

  abort(): void {
    this.#receiver = null;
    this.#giveUp();
  }

  /** The last that its receiver is told. */
  fail(error: AditError, isStale: boolean): void {
    const receiver = this.#receiver;
    this.#receiver = null;
    this.#giveUp();
    receiver?.onFailure(error, isStale);
  }

  receiveInterim(status: number, lines: HeaderLines): void {
    this.#hasHeard = true;
    if (this.#isAcceptable(lines, this.#connection.limits.maxAnswerHeadBytes)) this.#receiver?.onInterim(status, lines);
  }

  receiveAnswer(status: number, lines: HeaderLines, flags: number): void {
    const receiver = this.#receiver;
    if (receiver === null || !this.#isAcceptable(lines, this.#connection.limits.maxAnswerHeadBytes)) return;
    if (status < 200 || status > 599 || hasLongLength(lines)) return this.fail(new AditError(3004), false);
    this.#hasHeard = true;
    this.#isAnswered = true;
    this.#connection.noteAnswer();
    this.#connection.noteStallOver(this);
    if (this.#request.upgrade !== null && status >= 200 && status < 300) return this.#switch(receiver, lines);
    const isEmpty = this.#request.method === 'HEAD' || status === 204 || status === 304;
    const hasBody = (flags & NGHTTP2_FLAG_END_STREAM) === 0 && !isEmpty;
    this.#hasBody = hasBody;
    receiver.onAnswer({ status, reason: null, headers: lines, hasBody, mayHaveTrailers: hasBody });
    this.#read();
  }

  receiveBody(piece: Buffer): void {
    if (this.#receiver === null) return;
    if (this.#heldBytes > 0) this.#noteTaken(piece);
    this.#connection.noteReceived(piece.length);
    if (this.#hasBody) this.#receiver.onBody(piece);
  }

  noteHeld(bytes: number): void {
    if (this.#receiver !== null) this.#setHeld(this.#heldBytes + bytes + pieceCostBytes);
  }

  receiveTrailers(lines: HeaderLines): void {
    if (this.#isAcceptable(lines, this.#connection.limits.maxTrailerBytes)) this.#answerTrailers = lines;
  }

  /** node:http2 ends what can be read of a stream that was reset as well; only END_STREAM makes an answer whole. */
  noteEnd(): void {
    this.#isAnswerWhole = true;
  }

  receiveEnd(): void {
    const receiver = this.#receiver;
    if (receiver === null || !this.#isAnswerWhole) return;
    if (this.#isTunnel) return receiver.onBodyEnd([]);
    this.#receiver = null;
    // An upstream that has answered may never read what is left.
    if (this.#stream?.writableFinished === false) this.#stream.close(NGHTTP2_CANCEL);
    receiver.onBodyEnd(this.#answerTrailers);
  }

  receiveDrain(): void {
    this.#connection.noteStallOver(this);
    this.#receiver?.onDrain();
  }

  receiveError(error: Error): void {
    this.#error = error;
  }

  receiveClose(): void {
    this.#connection.release();
    const rstCode = this.#stream?.rstCode ?? 0;
    const hasEnded = this.#isTunnel && this.#isAnswerWhole && this.#error === null && rstCode === NGHTTP2_NO_ERROR;
    if (this.#receiver === null || hasEnded) return;
    if (this.#isAnswerWhole && !this.#isTunnel) return this.#readRest();
    const error = http2Failure(this.#error, rstCode, this.#connection.isHttp2);
    this.fail(error, this.#isStale(error, rstCode));
  }

  sendTrailers(): void {
    const stream = this.#stream;
    if (stream === null || stream.closed || stream.destroyed) return;
    try {
      stream.sendTrailers(trailerFields(this.#requestTrailers));
    } catch (error) {
      // Called from inside nghttp2: nobody else would catch it.
      this.fail(new AditError(9002, undefined, { cause: error }), false);
    }
  }

  #switch(receiver: UpstreamReceiver, lines: HeaderLines): void {
    const headers = upgradeAnswerLines(lines, this.#request.headers);
    const tunnel = new Http2Tunnel(this);
    this.#receiver = tunnel;
    this.#isTunnel = true;
    receiver.onUpgrade({ status: 101, reason: null, headers, hasBody: false, mayHaveTrailers: false }, tunnel);
    this.#read();
  }

  #read(): void {
    // The receiver may have given up at the sight of the head.
    if (this.#receiver !== null && this.#stream !== null) readStream(this.#stream);
  }

  /** An upstream that has answered may close its connection at once; what a slow visitor has not taken is still here. */
  #readRest(): void {
    // A receiver that pauses and resumes inside a call must not start a second loop inside the first.
    this.#hasRest = false;
    while (!this.#isPaused && this.#receiver !== null) {
      const piece: Buffer | null = this.#stream?.read() ?? null;
      if (piece === null) return this.receiveEnd();
      this.receiveBody(piece);
    }
    this.#hasRest = true;
  }

  #isAcceptable(lines: HeaderLines, maxBytes: number): boolean {
    if (bytesOf(lines) <= maxBytes) return true;
    this.fail(new AditError(3004, 'Cannot read the answer of the service: its header lines are too long'), false);
    return false;
  }

  #noteTaken(piece: Buffer): void {
    // What is left when a connection is gone is read in one go.
    const isLast = this.#stream === null || this.#stream.readableLength === 0;
    this.#setHeld(isLast ? 0 : this.#heldBytes - piece.length - pieceCostBytes);
  }

  #setHeld(bytes: number): void {
    const difference = bytes - this.#heldBytes;
    this.#heldBytes = bytes;
    if (difference !== 0) this.#connection.noteHeld(this, difference);
  }

  /** A refused stream met nothing (RFC 9113 §8.7); nor did, most likely, one on a connection that was just closing. */
  #isStale(error: AditError, rstCode: number): boolean {
    if (this.#hasHeard) return false;
    const isRefused = rstCode === NGHTTP2_REFUSED_STREAM || this.#connection.isDisowned(this.#stream?.id);
    if (isRefused) return this.#connection.mayRetryRefused();
    return this.#isReused && error.code === 9005 && this.#connection.isLost;
  }

  #giveUp(): void {
    const stream = this.#stream;
    this.#connection.noteStallOver(this);
    this.#setHeld(0);
    if (stream === null) return this.#connection.dropWaiting(this);
    // Both sides of a tunnel have ended: what was written last is still on its way.
    if (this.#isTunnel && this.#isAnswerWhole && this.#isRequestEnded) return;
    if (!stream.closed && !stream.destroyed) stream.close(NGHTTP2_CANCEL);
    // It is not closed before all that waits for a reader has been read.
    stream.resume();
  }
}

/** As they would stand in HTTP/1, which is what the limits speak of. */
function bytesOf(lines: HeaderLines): number {
  let bytes = 0;
  for (let i = 0; i < lines.length; i++) bytes += (lines[i]?.length ?? 0) + 2;
  return bytes;
}

// As from an HTTP/1 upstream. That it is a number, and only one, nghttp2 sees to.
const maxLengthDigits = 15;

function hasLongLength(lines: HeaderLines): boolean {
  for (let i = 0; i < lines.length; i += 2) {
    if (lines[i] === 'content-length' && (lines[i + 1]?.length ?? 0) > maxLengthDigits) return true;
  }
  return false;
}
