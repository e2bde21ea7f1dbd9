import type { ServerHttp2Stream } from 'node:http2';
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import type { AnswerHead, Exchange, ExchangeOwner, HeaderLines } from '../exchange.ts';
import { answerLines, asFields, declaredLength } from './answer-lines.ts';
import type { ReceiveWindow } from './receive-window.ts';
import { RequestBody } from './request-body.ts';
import { isForwardable, isWebSocket, readRequestLines } from './request-lines.ts';
import { WebSocketOverH2 } from './websocket-over-h2.ts';
import { type StallFacts, WriteStall } from './write-stall.ts';

const { NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = http2.constants;

/** The connection that an exchange is on, as the exchange sees it. */
export interface Http2Host {
  readonly window: ReceiveWindow;
  /** The connection is gone. */
  readonly isLost: boolean;
  /** It lets what is under way finish, and takes nothing new. */
  readonly isDraining: boolean;
  /** Content was given to the session. */
  noteSent(bytes: number): void;
  /** The stream is gone. `isWhole`: as `ExchangeOwner.onClose` has it. */
  exchangeClosed(exchange: Http2Exchange, isWhole: boolean): void;
}

const exchangeOf = Symbol('exchange');

interface OwnedStream extends ServerHttp2Stream {
  [exchangeOf]?: Http2Exchange;
}

// node:http2 reads these and keeps nothing of them.
const headAlone = { endStream: true };
const headAndContent = { endStream: false };
const headContentAndTrailers = { endStream: false, waitForTrailers: true };

/** One stream of an HTTP/2 connection as an exchange. */
export class Http2Exchange implements Exchange {
  readonly version = '2';
  /**
   * Empty for what nghttp2 lets through and no owner may forward: no method is empty, so that the request is answered
   * with 400. That is a length with too many digits, a scheme that is not HTTP's, and an extended CONNECT for anything
   * but a WebSocket.
   */
  readonly method: string;
  /** Empty for CONNECT, which has no path or means another than a path. */
  readonly target: string;
  readonly authority: string | null;
  readonly headers: HeaderLines;
  readonly hasBody: boolean;
  readonly hasLength: boolean;
  readonly upgrade: readonly string[] | null;
  /** Of the request's header lines, names and values. */
  readonly headBytes: number;
  isAnswered = false;
  isClosed = false;
  isUpgraded = false;
  /** The stream ends because we, not the visitor, wanted it. */
  wasAborted = false;
  readonly #host: Http2Host;
  readonly #stream: OwnedStream;
  readonly #body: RequestBody | null;
  readonly #webSocket: WebSocketOverH2 | null;
  #owner: ExchangeOwner | null = null;
  #sendsContent = false;
  #listensForDrain = false;
  /** Content still owed by the answer's `content-length`; -1: it has none. */
  #owedBytes = -1;
  #sentBytes = 0;
  /** Of an upgraded stream, which its owner writes to without us: he waits for 'drain' when it is full. */
  #drains = 0;
  /** Null while nothing was ever seen waiting. */
  #stall: WriteStall | null = null;
  #trailersToSend: HeaderLines = [];

  constructor(stream: OwnedStream, rawHeaders: string[], host: Http2Host) {
    this.#stream = stream;
    this.#host = host;
    const lines = readRequestLines(rawHeaders);
    const isOpen = !stream.endAfterHeaders;
    this.#webSocket = isOpen && isWebSocket(lines) ? new WebSocketOverH2() : null;
    const isConnect = lines.method === 'CONNECT';
    this.method = this.#webSocket ? 'GET' : isForwardable(lines) ? lines.method : '';
    this.target = isConnect && !this.#webSocket ? '' : lines.target;
    this.authority = lines.authority;
    this.headers = this.#webSocket ? this.#webSocket.requestLines(lines.headers) : lines.headers;
    this.hasBody = isOpen && !this.#webSocket;
    this.hasLength = lines.length !== null;
    this.upgrade = this.#webSocket ? webSocketTokens : null;
    this.headBytes = lines.bytes;
    this.#body = isOpen ? new RequestBody(stream, host.window, this.#webSocket !== null) : null;
    stream[exchangeOf] = this;
    stream.on('close', onClose);
  }

  /** The visitor reset it. */
  get isGone(): boolean {
    return this.#stream.closed || this.#stream.destroyed;
  }

  /** Content of the request that waits for its owner. */
  get heldBytes(): number {
    return this.#body?.heldBytes ?? 0;
  }

  /** Before anything was done with it: the visitor may send it again elsewhere. */
  refuse(): void {
    this.wasAborted = true;
    this.#stream.close(NGHTTP2_REFUSED_STREAM);
  }

  own(owner: ExchangeOwner): void {
    this.#owner = owner;
  }

  resumeBody(): void {
    if (this.hasBody && this.#owner && !this.isClosed) this.#body?.resume(this.#owner);
  }

  pauseBody(): void {
    this.#body?.pause();
  }

  inform(status: number, headers: HeaderLines): void {
    if (this.isAnswered || this.isGone) return;
    try {
      this.#stream.additionalHeaders({ ':status': status, ...asFields(headers) });
    } catch {
      // It has a line that HTTP/2 cannot carry. The final answer does not depend on it.
    }
  }

  answer(head: AnswerHead): void {
    if (this.isAnswered || this.isGone) return;
    this.isAnswered = true;
    // These never have content in HTTP/2, whatever an upstream sends: node:http2 ends the stream behind their head.
    const isBare = head.status === 204 || head.status === 205 || head.status === 304 || this.method === 'HEAD';
    this.#sendsContent = head.hasBody && !isBare;
    const lines = answerLines(head.status, head.headers);
    if (this.#sendsContent) this.#owedBytes = declaredLength(lines);
    this.#respond(lines, head.mayHaveTrailers);
  }

  write(piece: Buffer): boolean {
    if (!this.#sendsContent || this.isGone) return true;
    if (this.#owedBytes !== -1 && (this.#owedBytes -= piece.length) < 0) {
      this.abort();
      return true;
    }
    this.#sentBytes += piece.length;
    this.#host.noteSent(piece.length);
    if (this.#stream.write(piece)) return true;
    if (!this.#listensForDrain) this.#stream.on('drain', onDrain);
    this.#listensForDrain = true;
    return false;
  }

  end(trailers: HeaderLines): void {
    if (!this.isAnswered || this.isGone) return;
    if (this.#owedBytes > 0) return this.abort();
    this.#trailersToSend = trailers;
    if (!this.#stream.writableEnded) this.#stream.end();
  }

  /**
   * Answers the stream, destroyed already if the upstream did not accept our key (RFC 6455 §4.1): what it speaks is no
   * WebSocket. And if the connection is drained: nobody knows when the stream would end.
   */
  acceptUpgrade(head: AnswerHead): Duplex {
    const lines = this.#webSocket?.answerLines(head.headers);
    if (!lines || this.isGone || this.#host.isDraining) {
      this.abort();
      return this.#stream;
    }
    this.isAnswered = true;
    this.isUpgraded = true;
    this.#respond(answerLines(200, lines), false);
    this.#body?.detach();
    this.#stream.on('drain', onDrain);
    this.#stream.on('data', countReceived);
    return this.#stream;
  }

  /** Content of an upgraded stream: if it were not counted it would look like a flood of frames. */
  countReceived(bytes: number): void {
    this.#host.window.receivedBytes += bytes;
  }

  /** Tells the visitor to stop sending, without harm to the answer (RFC 9113 §8.1). */
  discardBody(): void {
    const stream = this.#stream;
    if (!this.#body || this.#body.isOver || stream.destroyed) return;
    this.#body.discard();
    if (stream.readableEnded) return;
    if (stream.writableFinished) stream.close(NGHTTP2_NO_ERROR);
    else stream.on('finish', closeInGoodOrder);
  }

  abort(): void {
    this.wasAborted = true;
    this.#body?.discard();
    // `close` would end the data in good order before the reset, and a cut answer would look whole.
    if (!this.#stream.destroyed) this.#stream.destroy(new Error('The answer was broken off'));
  }

  /** Bytes are given that the visitor has not taken. */
  get isWaiting(): boolean {
    return this.#stream.writableLength > 0;
  }

  /** Called now and then: breaks off what the visitor takes none of. */
  checkStall(facts: StallFacts): void {
    if (this.isUpgraded ? !this.#stream.writableNeedDrain : !this.#stall && !this.isWaiting) return;
    this.#stall ??= new WriteStall();
    const progress = this.isUpgraded ? this.#drains : this.#sentBytes - this.#stream.writableLength;
    if (this.#stall.isStalled(this.#stream, progress, facts)) this.abort();
  }

  #respond(lines: string[], mayHaveTrailers: boolean): void {
    const withTrailers = mayHaveTrailers && this.#sendsContent;
    if (withTrailers) this.#stream.on('wantTrailers', onWantTrailers);
    const content = this.#sendsContent || this.isUpgraded ? headAndContent : headAlone;
    try {
      this.#stream.respond(lines, withTrailers ? headContentAndTrailers : content);
    } catch {
      // A line that HTTP/2 cannot carry. Nothing was sent, but what is right to send is not ours to decide.
      this.abort();
    }
  }

  /** @internal */
  streamClosed(): void {
    this.isClosed = true;
    this.#body?.discard();
    const isWhole = this.#isWhole();
    this.#host.exchangeClosed(this, isWhole);
    this.#owner?.onClose(isWhole);
  }

  /** Asked when the stream is closed. */
  #isWhole(): boolean {
    // node:http2 ends the writing side of a stream that was reset; one that we had not ended it calls aborted.
    const { aborted, writableFinished, rstCode } = this.#stream;
    if (aborted || this.wasAborted || rstCode !== NGHTTP2_NO_ERROR) return false;
    // A stream that both sides ended is closed before its last write is reported; on a lost connection none will be. A
    // visitor who resets with NO_ERROR while the last bytes leave looks like one who took them.
    return writableFinished || !this.#host.isLost;
  }

  /** @internal */
  streamDrained(): void {
    if (this.isUpgraded) this.#drains++;
    else this.#owner?.onDrain();
  }

  /** @internal */
  sendTrailers(): void {
    try {
      this.#stream.sendTrailers(asFields(this.#trailersToSend));
    } catch {
      // A line that HTTP/2 cannot carry: an answer without its trailers is not whole.
      this.abort();
    }
  }
}

const webSocketTokens: readonly string[] = ['websocket'];

// Shared by all streams: closures for each request would be most of what an exchange costs.

function onClose(this: OwnedStream): void {
  this[exchangeOf]?.streamClosed();
}

function countReceived(this: OwnedStream, piece: Buffer): void {
  this[exchangeOf]?.countReceived(piece.length);
}

function onDrain(this: OwnedStream): void {
  this[exchangeOf]?.streamDrained();
}

function onWantTrailers(this: OwnedStream): void {
  this[exchangeOf]?.sendTrailers();
}

function closeInGoodOrder(this: OwnedStream): void {
  this.close(NGHTTP2_NO_ERROR);
}
