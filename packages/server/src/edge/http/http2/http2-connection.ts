import http2, { type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { HeldBudget } from '@adit/wire';
import type { Clock } from '../../../domain/clock.ts';
import type { CodecOwner, Transport } from '../codec.ts';
import type { HttpLimits } from '../http-limits.ts';
import { Http2Exchange, type Http2Host } from './http2-exchange.ts';
import { ReceiveWindow } from './receive-window.ts';
import { RefillingBudget } from './refilling-budget.ts';

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_SETTINGS_TIMEOUT } = http2.constants;

export interface Http2ConnectionDeps {
  readonly clock: Clock;
  readonly limits: HttpLimits;
  readonly held: HeldBudget;
  onClose(connection: Http2Connection): void;
}

/** A socket counts what passes; other streams have no such number, and then only frames that node:http2 shows count. */
interface CountingStream extends Duplex {
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
}

export interface Http2ConnectionParts {
  readonly socket: CountingStream;
  readonly session: ServerHttp2Session;
  readonly owner: CodecOwner;
}

// What a frame costs here besides its bytes, in bytes: PING is answered, SETTINGS are read and answered.
const pingWeight = 64;
const settingsWeight = 1024;
/** Their sum at which we look before the next sweep. */
const weightPerCheck = 32 * 1024;
// A visitor may answer each piece with two WINDOW_UPDATE frames (13 bytes each) and, as gRPC does, a PING.
const creditPerPiece = 128;

/** One HTTP/2 connection: its exchanges side by side, and what it may cost. */
export class Http2Connection implements Transport, Http2Host {
  readonly window: ReceiveWindow;
  readonly #socket: CountingStream;
  readonly #session: ServerHttp2Session;
  readonly #owner: CodecOwner;
  readonly #deps: Http2ConnectionDeps;
  readonly #exchanges = new Set<Http2Exchange>();
  readonly #overhead: RefillingBudget;
  readonly #resets: RefillingBudget;
  /** Exchanges whose head came in this turn of the loop. */
  #arrived: Http2Exchange[] = [];
  #headBytes = 0;
  #sentCredit = 0;
  #frameWeight = 0;
  #checkedBytes: number;
  #checkedPayload = 0;
  #settingsSinceMs: number;
  #uploadedAtMs: number;
  #writtenBytes = 0;
  #movedAtMs: number;
  #isDraining = false;
  #isClosed = false;

  constructor({ socket, session, owner }: Http2ConnectionParts, deps: Http2ConnectionDeps) {
    this.#socket = socket;
    this.#session = session;
    this.#owner = owner;
    this.#deps = deps;
    const { limits, held } = deps;
    const nowMs = deps.clock.now();
    this.window = new ReceiveWindow(session, { limits, total: held, onTooMuch: () => this.shed() });
    this.#overhead = new RefillingBudget(
      { burst: limits.h2OverheadBurstBytes, perSecond: limits.h2OverheadRateBytes },
      nowMs,
    );
    this.#resets = new RefillingBudget({ burst: limits.streamResetBurst, perSecond: limits.streamResetRate }, nowMs);
    this.#checkedBytes = socket.bytesRead ?? 0;
    this.#settingsSinceMs = nowMs;
    this.#uploadedAtMs = nowMs;
    this.#movedAtMs = nowMs;
    session.on('stream', (...[stream, , , rawHeaders]) => this.#onStream(stream, rawHeaders));
    session.on('ping', () => this.#onFrame(pingWeight));
    session.on('remoteSettings', () => this.#onFrame(settingsWeight));
    // Whoever can send nothing can take no answer longer than its window, and node:http2 would wait for him.
    socket.once('end', () => this.destroy());
    // The session closes itself after an error; each stream of it is told.
    session.on('error', ignoreError);
    session.once('close', this.#onClose);
    // Of a stream that was closed before, a session never hears.
    if (socket.closed) process.nextTick(this.#onClose);
  }

  get isLost(): boolean {
    return this.#session.destroyed;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** GOAWAY: streams under way finish, then the connection closes. */
  drain(): void {
    this.#isDraining = true;
    // Nobody knows when an upgraded stream would end; its client has to come back somewhere else, so better now.
    for (const exchange of this.#exchanges) if (exchange.isUpgraded) exchange.abort();
    if (!this.#session.closed) this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
    // A session only ends its side in good order, and waits for the visitor's.
    this.#socket.destroy();
  }

  noteSent(bytes: number): void {
    this.#sentCredit += creditPerPiece + bytes / 16;
  }

  exchangeClosed(exchange: Http2Exchange, isWhole: boolean): void {
    this.#exchanges.delete(exchange);
    if (isWhole || exchange.wasAborted || this.#session.destroyed) return;
    // nghttp2 counts the resets that a visitor sends; those that he makes us send (CVE-2025-8671) count here as well.
    if (!this.#resets.spend(1, this.#deps.clock.now())) this.#expel(NGHTTP2_ENHANCE_YOUR_CALM);
  }

  /** What waits here for upstreams. */
  get heldBytes(): number {
    return this.window.heldBytes;
  }

  /** Cuts the upload that holds most: it has waited for its upstream longest or come fastest. */
  shed(): void {
    let fullest: Http2Exchange | null = null;
    for (const exchange of this.#exchanges) {
      if (exchange.heldBytes > (fullest?.heldBytes ?? 0)) fullest = exchange;
    }
    fullest?.abort();
  }

  /** Called now and then: ends what has cost too much or stands still. */
  sweep(nowMs: number): void {
    const { limits } = this.#deps;
    this.#checkOverhead(nowMs);
    if (!this.#session.pendingSettingsAck) this.#settingsSinceMs = nowMs;
    else if (nowMs - this.#settingsSinceMs >= limits.h2SettingsAckTimeoutMs) this.#expel(NGHTTP2_SETTINGS_TIMEOUT);
    this.#checkStalls(nowMs);
    if (this.window.uploads > 0) this.#uploadedAtMs = nowMs;
    if (nowMs - this.#uploadedAtMs >= limits.h2WindowRestMs) this.window.rest();
  }

  #checkStalls(nowMs: number): void {
    const limitMs = this.#deps.limits.writeStallTimeoutMs;
    const writtenBytes = this.#socket.bytesWritten ?? 0;
    const sentBytes = writtenBytes - this.#writtenBytes;
    this.#writtenBytes = writtenBytes;
    let waiting = 0;
    for (const exchange of this.#exchanges) {
      if (exchange.isWaiting) waiting++;
    }
    if (waiting === 0 || sentBytes > 0) this.#movedAtMs = nowMs;
    const isStill = nowMs - this.#movedAtMs >= limitMs;
    const facts = { nowMs, limitMs, shareBytes: sentBytes / Math.max(1, waiting), isStill };
    for (const exchange of this.#exchanges) exchange.checkStall(facts);
  }

  #onStream(stream: ServerHttp2Stream, rawHeaders: string[]): void {
    stream.on('error', ignoreError);
    if (stream.destroyed) return;
    const exchange = new Http2Exchange(stream, rawHeaders, this);
    this.#exchanges.add(exchange);
    this.#headBytes += exchange.headBytes;
    if (this.#arrived.push(exchange) === 1) setImmediate(this.#handOver);
  }

  /**
   * After all that was read at once: a reset that came right behind its request has been seen by then, so that a flood of
   * both (CVE-2023-44487) costs no work beyond this connection.
   */
  readonly #handOver = (): void => {
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const exchange of arrived) {
      if (exchange.isGone) continue;
      if (this.#owner.isDraining) exchange.refuse();
      else this.#owner.onExchange(exchange);
    }
  };

  #onFrame(weight: number): void {
    this.#frameWeight += weight;
    if (this.#frameWeight >= weightPerCheck) this.#checkOverhead(this.#deps.clock.now());
  }

  /**
   * Floods of frames that node:http2 does not show (WINDOW_UPDATE, PRIORITY, padding, unknown types) are seen by what they
   * leave over: bytes that were neither headers nor content. Credit is for this span only; a long upload earns none.
   */
  #checkOverhead(nowMs: number): void {
    const readBytes = this.#socket.bytesRead ?? 0;
    const payload = this.#headBytes + this.window.receivedBytes;
    const overhead = readBytes - this.#checkedBytes + this.#frameWeight - 8 * (payload - this.#checkedPayload);
    const spent = this.window.takeLate(Math.max(0, overhead - this.#sentCredit));
    this.#checkedBytes = readBytes;
    this.#checkedPayload = payload;
    this.#frameWeight = 0;
    this.#sentCredit = 0;
    if (!this.#overhead.spend(spent, nowMs)) this.#expel(NGHTTP2_ENHANCE_YOUR_CALM);
  }

  /** GOAWAY with the reason, if the visitor still reads; then the socket is gone whether he does or not. */
  #expel(code: number): void {
    if (this.#session.destroyed) return;
    this.#session.destroy(new Error('The visitor cost too much'), code);
    setImmediate(() => this.#socket.destroy());
  }

  readonly #onClose = (): void => {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#deps.onClose(this);
    this.#owner.onClose();
  };
}

/** Whatever went wrong, 'close' comes as well. */
function ignoreError(): void {}
