import type { ServerHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import type { BodyReceiver, HeaderLines } from '../exchange.ts';
import { HeldBytes } from './held-bytes.ts';
import type { ReceiveWindow } from './receive-window.ts';

const bodyOf = Symbol('requestBody');

interface BodyStream extends ServerHttp2Stream {
  [bodyOf]?: RequestBody;
}

/**
 * The content of one request, on its way to whoever answers it.
 *
 * node:http2 hands each piece to `stream.push`, whose answer says whether it may give the visitor credit for more. We take
 * that place: pieces go straight to the receiver, and what comes while it is paused is held in memory that is counted.
 */
export class RequestBody {
  readonly #stream: BodyStream;
  readonly #window: ReceiveWindow;
  readonly #held = new HeldBytes();
  #receiver: BodyReceiver | null = null;
  #trailers: HeaderLines = [];
  #isFlowing = false;
  #isDelivering = false;
  readonly #isForUpgrade: boolean;
  #isEnded = false;
  #sawEnd = false;
  /** The stream was not told of its end yet. */
  #owesEnd = false;
  /** The stream ended for another reason than its last frame. */
  #isCut = false;
  /** The receiver was told of the end, or wants no more. */
  #isOver = false;

  /** @param isForUpgrade The stream itself may become the owner's, by `detach`, with all that came until then. */
  constructor(stream: BodyStream, window: ReceiveWindow, isForUpgrade: boolean) {
    this.#stream = stream;
    this.#window = window;
    this.#isForUpgrade = isForUpgrade;
    window.uploadBegan();
    stream[bodyOf] = this;
    stream.push = pushToBody;
    stream.on('trailers', onTrailers);
    stream.on('end', onEnd);
    // What was read together with the head came before anybody could take it.
    const early: Buffer | null = stream.readableLength > 0 ? stream.read() : null;
    if (!early) return;
    window.received(early.length, this);
    this.#hold(early);
  }

  /** Wants no more: nothing is to come, or nothing is told. */
  get isOver(): boolean {
    return this.#isOver;
  }

  resume(receiver: BodyReceiver): void {
    this.#receiver = receiver;
    if (this.#isFlowing || this.#isOver) return;
    this.#isFlowing = true;
    this.#deliver();
  }

  pause(): void {
    this.#isFlowing = false;
  }

  /** What waits for the receiver. */
  get heldBytes(): number {
    return this.#held.length;
  }

  /** Drops what is held and what comes. */
  discard(): void {
    if (this.#isOver) return;
    this.#stop(!this.#isEnded);
    this.#window.release(this.#held.length);
    this.#held.clear();
  }

  /** Leaves the stream to itself: what is held is its next content. */
  detach(): void {
    this.#stop(false);
    const stream = this.#stream;
    delete stream[bodyOf];
    stream.push = Readable.prototype.push;
    this.#window.release(this.#held.length);
    for (let piece = this.#held.take(); piece; piece = this.#held.take()) stream.push(piece);
    if (this.#owesEnd) stream.push(null);
  }

  /** False: no more for now. */
  take(piece: Buffer): boolean {
    if (this.#isOver) return false;
    this.#window.received(piece.length, this);
    if (!this.#isFlowing || this.#isDelivering || this.#held.length > 0) {
      this.#hold(piece);
      return false;
    }
    this.#receiver?.onBody(piece);
    return this.#isFlowing && !this.#isOver;
  }

  /** node:http2 says so of streams that were reset as well; those were closed first. False: the stream must not know yet. */
  takeEnd(): boolean {
    if (this.#sawEnd) return true;
    this.#sawEnd = true;
    this.#isCut = this.#stream.closed || this.#stream.destroyed;
    // Nothing can be put into a stream behind its end.
    this.#owesEnd = this.#isForUpgrade && !this.#isCut && !this.#isOver;
    return !this.#owesEnd;
  }

  setTrailers(lines: HeaderLines): void {
    this.#trailers = lines;
  }

  /** Comes behind the trailers. */
  end(): void {
    if (this.#isCut) return;
    this.#isEnded = true;
    if (this.#isFlowing) this.#deliver();
  }

  #hold(piece: Buffer): void {
    this.#held.append(piece);
    this.#window.hold(piece.length);
  }

  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    while (this.#isFlowing && !this.#isOver && this.#held.length > 0) {
      const piece = this.#held.take();
      if (!piece) break;
      this.#window.release(piece.length);
      this.#receiver?.onBody(piece);
    }
    this.#isDelivering = false;
    if (!this.#isFlowing || this.#isOver) return;
    if (this.#isEnded) this.#finish();
    else if (!this.#stream.destroyed) this.#stream._read(0);
  }

  #stop(isCut: boolean): void {
    this.#isOver = true;
    this.#window.uploadEnded(isCut);
  }

  #finish(): void {
    this.#stop(false);
    this.#receiver?.onBodyEnd(this.#trailers);
  }
}

// Shared by all streams: closures for each request would be most of what this costs.

function pushToBody(this: BodyStream, piece: Buffer | null): boolean {
  const body = this[bodyOf];
  if (piece !== null) return body?.take(piece) ?? false;
  if (body?.takeEnd() === false) return false;
  return Readable.prototype.push.call(this, null);
}

function onTrailers(this: BodyStream, ...[, , lines]: [unknown, unknown, string[]?]): void {
  this[bodyOf]?.setTrailers(lines ?? []);
  // Makes it say 'end' although nobody reads it, which node:http2 does itself when a DATA frame is the last.
  this.read(0);
}

function onEnd(this: BodyStream): void {
  this[bodyOf]?.end();
}
