import { type ClientHttp2Session, type ClientSessionOptions, connect } from 'node:http2';
import type { Duplex } from 'node:stream';
import { AditError, toAditError } from '@adit/contracts';
import type { HeldBudget } from '@adit/wire';
import type { Clock } from '../../../domain/clock.ts';
import type { HttpScheme } from '../../../domain/endpoint.ts';
import type { HttpLimits } from '../http-limits.ts';
import type { UpstreamExchange, UpstreamReceiver, UpstreamRequest } from '../upstream.ts';
import { HeldAnswers } from './held-answers.ts';
import { Http2Exchange, type Http2ExchangeOwner } from './http2-exchange.ts';
import { http2Failure } from './http2-failure.ts';
import { Http2ReceiveWindow } from './http2-receive-window.ts';
import { IdleTimer } from './idle-timer.ts';
import { StalledUploads } from './stalled-uploads.ts';

// Node documents these for connect; its type declarations do not have them.
interface SessionOptions extends ClientSessionOptions {
  readonly maxSessionInvalidFrames: number;
  readonly strictSingleValueFields: boolean;
}

/** What nghttp2 assumes until the upstream's SETTINGS have come. */
const assumedMaxStreams = 100;

/** Whoever keeps the connection. */
export interface Http2ConnectionOwner {
  readonly clock: Clock;
  readonly limits: HttpLimits;
  readonly scheme: HttpScheme;
  /** Of all connections. */
  readonly held: HeldBudget;
  /** A request was refused unseen: whether it should be sent again. */
  mayRetryRefused(): boolean;
  noteAnswer(): void;
  /** It is closed. Called once. */
  forget(connection: Http2Connection): void;
}

/** Requests side by side on one stream of a link, by node:http2. */
export class Http2Connection implements Http2ExchangeOwner {
  readonly limits: HttpLimits;
  readonly scheme: HttpScheme;
  readonly #owner: Http2ConnectionOwner;
  readonly #stream: Duplex;
  readonly #session: ClientHttp2Session;
  /** Upgrades that have to know first whether the upstream takes them. */
  readonly #waiting = new Map<Http2Exchange, UpstreamRequest>();
  readonly #window: Http2ReceiveWindow;
  readonly #held: HeldAnswers;
  readonly #idle: IdleTimer;
  readonly #stalled: StalledUploads;
  #lastStreamId = Number.POSITIVE_INFINITY;
  #controlFrames = 0;
  #countedSinceMs: number;
  #open = 0;
  #error: Error | null = null;
  #isHttp2 = false;
  #hasAnswered = false;
  #isRetired = false;
  #isDestroyed = false;

  constructor(stream: Duplex, owner: Http2ConnectionOwner) {
    this.#stream = stream;
    this.#owner = owner;
    this.limits = owner.limits;
    this.scheme = owner.scheme;
    this.#countedSinceMs = owner.clock.now();
    const { clock, limits } = owner;
    this.#held = new HeldAnswers(owner.held);
    this.#idle = new IdleTimer({ clock, limitMs: limits.idleUpstreamMs, onDue: () => this.destroy() });
    this.#stalled = new StalledUploads(clock, limits.answerHeadTimeoutMs);
    // A session forgets its stream when it ends; the stream may still fail after that.
    stream.on('error', ignoreError);
    const session = connect('http://upstream.invalid', sessionOptions(stream, owner.limits));
    this.#session = session;
    this.#window = new Http2ReceiveWindow(session, {
      stream: owner.limits.h2UpstreamStreamWindowBytes,
      connection: owner.limits.h2UpstreamConnectionWindowBytes,
    });
    session.on('error', (error) => {
      this.#error = error;
    });
    session.once('remoteSettings', () => this.#onSettings());
    session.on('remoteSettings', () => this.#countControlFrame());
    session.on('ping', () => this.#countControlFrame());
    session.on('goaway', (_code, lastStreamId) => {
      this.#lastStreamId = lastStreamId;
      this.retire();
    });
    session.once('close', () => this.#onClose());
  }

  /** False: it takes no new requests. */
  get isUsable(): boolean {
    return !this.#isRetired && !this.#isOver && !this.#idle.isLate;
  }

  get isIdle(): boolean {
    return this.#open === 0;
  }

  get isLost(): boolean {
    return this.#isOver && !this.#isDestroyed;
  }

  get isHttp2(): boolean {
    return this.#isHttp2;
  }

  /** @throws {AditError} 3210: too many wait. */
  send(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamExchange {
    const maxStreams = this.#isHttp2
      ? (this.#session.remoteSettings.maxConcurrentStreams ?? Infinity)
      : assumedMaxStreams;
    if (this.#open >= maxStreams + this.limits.maxQueuedUpstreamRequests) {
      throw new AditError(3210, 'Cannot send the request: the service does not take those already waiting');
    }
    const exchange = new Http2Exchange(this, request, { receiver, isReused: this.#hasAnswered });
    this.#open++;
    this.#idle.end();
    if (request.upgrade !== null && !this.#isHttp2) this.#waiting.set(exchange, request);
    else this.#start(exchange, request);
    return exchange;
  }

  /** Finishes what is under way, then closes. */
  retire(): void {
    this.#isRetired = true;
    if (this.#open === 0) this.destroy();
  }

  destroy(): void {
    this.#isRetired = true;
    if (!this.#isOver) this.#isDestroyed = true;
    this.#session.destroy();
    // A session waits until its last frame is taken.
    this.#stream.destroy();
  }

  release(): void {
    this.#open--;
    if (this.#session.destroyed || (this.#isRetired && this.#open === 0)) this.destroy();
    else if (this.#open === 0) this.#idle.begin();
  }

  dropWaiting(exchange: Http2Exchange): void {
    if (this.#waiting.delete(exchange)) this.release();
  }

  isDisowned(streamId: number | undefined): boolean {
    return (streamId ?? Number.MAX_VALUE) > this.#lastStreamId;
  }

  mayRetryRefused(): boolean {
    return this.#owner.mayRetryRefused();
  }

  noteAnswer(): void {
    this.#hasAnswered = true;
    this.#owner.noteAnswer();
  }

  noteReceived(bytes: number): void {
    this.#window.received(bytes, this.#open);
  }

  notePause(): void {
    this.#window.paused();
  }

  noteHeld(exchange: Http2Exchange, difference: number): void {
    this.#held.add(exchange, difference);
  }

  noteStall(exchange: Http2Exchange): void {
    this.#stalled.began(exchange);
  }

  noteStallOver(exchange: Http2Exchange): void {
    this.#stalled.ended(exchange);
  }

  get #isOver(): boolean {
    const session = this.#session;
    return session.closed || session.destroyed || this.#stream.destroyed || this.#stream.readableEnded;
  }

  #start(exchange: Http2Exchange, request: UpstreamRequest): void {
    if (request.upgrade !== null && !this.#takesUpgrade(request.upgrade)) {
      const why = 'the service does not take WebSockets over HTTP/2';
      return this.#giveUp(exchange, new AditError(3004, `Cannot upgrade the connection: ${why}`));
    }
    // Before the head, so that the new stream has the smaller one from its first byte.
    this.#window.opened(this.#open);
    try {
      exchange.start(this.#session);
    } catch (error) {
      this.#giveUp(exchange, toAditError(error));
    }
  }

  /** One that has no stream of its own yet. */
  #giveUp(exchange: Http2Exchange, error: AditError): void {
    this.release();
    exchange.fail(error, false);
  }

  #takesUpgrade(protocols: readonly string[]): boolean {
    return protocols.includes('websocket') && this.#session.remoteSettings.enableConnectProtocol === true;
  }

  #onSettings(): void {
    this.#isHttp2 = true;
    for (const [exchange, request] of this.#takeWaiting()) this.#start(exchange, request);
  }

  #onClose(): void {
    this.#owner.forget(this);
    this.#idle.stop();
    this.#stalled.stop();
    this.#stream.destroy();
    const error = http2Failure(this.#error, 0, this.#isHttp2);
    for (const [exchange] of this.#takeWaiting()) this.#giveUp(exchange, error);
  }

  /** Each is answered, and costs more here than there. */
  #countControlFrame(): void {
    if (++this.#controlFrames <= this.limits.maxUpstreamControlFrames) return;
    const now = this.#owner.clock.now();
    const isFlood = now - this.#countedSinceMs < 1_000;
    this.#controlFrames = 0;
    this.#countedSinceMs = now;
    if (isFlood) this.#session.destroy(new AditError(3004, 'Cannot talk to the service: it floods the connection'));
  }

  #takeWaiting(): [Http2Exchange, UpstreamRequest][] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    return waiting;
  }
}

function sessionOptions(stream: Duplex, limits: HttpLimits): SessionOptions {
  return {
    createConnection: () => stream,
    // `:status` is one of them. Past these the stream is reset.
    maxHeaderListPairs: limits.maxHeaderLines + 1,
    maxSessionInvalidFrames: 100,
    // Duplicate lines are passed as they are.
    strictSingleValueFields: false,
    maxSendHeaderBlockLength: limits.maxHeadBytes * 2,
    settings: {
      enablePush: false,
      // HTTP/2 counts 32 bytes more for each line (RFC 9113 §6.5.2).
      maxHeaderListSize: limits.maxAnswerHeadBytes + 32 * limits.maxHeaderLines,
      initialWindowSize: limits.h2UpstreamStreamWindowBytes,
    },
  };
}

function ignoreError(): void {}
