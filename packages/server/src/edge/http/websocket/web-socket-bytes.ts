import { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import { binaryHead, closeCodes, closeFrame, FrameReader, pingFrame, pongFrame } from '@adit/wire';
import type { HttpLimits } from '../http-limits.ts';
import { SilenceWatch, type SilenceWatchDeps, type WatchedVisitor } from './silence-watch.ts';

export interface WebSocketDeps extends SilenceWatchDeps {
  readonly limits: SilenceWatchDeps['limits'] & Pick<HttpLimits, 'writeStallTimeoutMs' | 'webSocketCloseMs'>;
}

/**
 * An open WebSocket of a visitor as the bytes in it: what is read are those of his binary messages, what is written goes to him
 * as binary messages. His close frame is the end of what is read; the end of what is written is ours. It is destroyed, in
 * place of ended, when he breaks off or sends what he must not, of which a close frame tells him; whoever destroys it with an
 * AditError has him told as well. It emits no errors.
 */
export class WebSocketBytes extends Duplex implements WatchedVisitor {
  readonly #visitor: Duplex;
  readonly #deps: WebSocketDeps;
  readonly #reader = new FrameReader();
  readonly #watch: SilenceWatch;
  /** Of a write for which his stream has no room. */
  #onRoom: (() => void) | null = null;
  /** The answer to his latest ping, for which there was no room: more than one would let him fill our memory. */
  #owedPong: Buffer | null = null;
  #cancelDeadline = (): void => {};

  /** @param visitor His raw stream behind the opening handshake; taken over. */
  constructor(visitor: Duplex, deps: WebSocketDeps) {
    super({ allowHalfOpen: true });
    this.#visitor = visitor;
    this.#deps = deps;
    this.#watch = new SilenceWatch(this, deps);
    visitor.on('data', this.#onData);
    visitor.on('drain', this.#onDrain);
    visitor.once('end', this.#onEnd);
    visitor.once('close', this.#onClose);
    // His 'close' follows.
    visitor.on('error', () => {});
    if (visitor.closed) process.nextTick(this.#onClose);
  }

  get isHeldUp(): boolean {
    return this.#visitor.isPaused();
  }

  ping(): void {
    if (!this.#visitor.writableEnded) this.#visitor.write(pingFrame);
  }

  lost(): void {
    this.#visitor.destroy();
  }

  override _read(): void {
    this.#visitor.resume();
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const visitor = this.#visitor;
    // He has said that he closes, and is gone: the rest is for nobody.
    if (visitor.destroyed) return done();
    visitor.cork();
    visitor.write(binaryHead(piece.length));
    const hasRoom = visitor.write(piece);
    visitor.uncork();
    if (hasRoom) done();
    else this.#onRoom = done;
  }

  /** With the code that he closed with, if it was him (RFC 6455 §5.5.1). */
  override _final(done: () => void): void {
    const { ending } = this.#reader;
    this.#close(ending?.kind === 'closed' ? ending.code : closeCodes.normal);
    done();
  }

  override _destroy(error: Error | null, done: () => void): void {
    const { ending } = this.#reader;
    if (ending?.kind === 'refused') this.#close(ending.code, ending.reason);
    else if (error instanceof AditError) this.#close(closeCodes.badGateway, `${error.wireCode}: ${error.row.title}`);
    // Without a word it must not look like an orderly end.
    else if (!this.#visitor.writableEnded) this.#visitor.destroy();
    // Nobody wants what he sends; but his end has to be noticed.
    this.#visitor.resume();
    done();
  }

  get #hasClosed(): boolean {
    return this.#reader.ending?.kind === 'closed';
  }

  /** Our last word. He is to hang up soon: by then he has read it. */
  #close(code: number, reason?: string): void {
    const visitor = this.#visitor;
    if (visitor.writableEnded || visitor.destroyed) return;
    const { limits } = this.#deps;
    this.#destroyVisitorIn(limits.writeStallTimeoutMs);
    visitor.end(closeFrame(code, reason), () => this.#destroyVisitorIn(limits.webSocketCloseMs));
  }

  #destroyVisitorIn(delayMs: number): void {
    const visitor = this.#visitor;
    this.#cancelDeadline();
    if (!visitor.destroyed) this.#cancelDeadline = this.#deps.clock.after(delayMs, () => visitor.destroy());
  }

  readonly #onData = (chunk: Buffer): void => {
    const reader = this.#reader;
    if (this.destroyed || reader.ending !== null) return;
    this.#watch.heard();
    const bytes = reader.read(chunk);
    if (bytes.length > 0 && !this.push(bytes)) this.#visitor.pause();
    const ping = reader.takePing();
    if (ping !== null) this.#pong(ping);
    if (reader.ending !== null) this.#onLastFrame();
  };

  #onLastFrame(): void {
    if (!this.#hasClosed) return void this.destroy();
    this.push(null);
    // What comes now is nothing; but his end has to be noticed.
    this.#visitor.resume();
  }

  #pong(content: Buffer): void {
    const visitor = this.#visitor;
    if (visitor.writableEnded) return;
    if (visitor.writableNeedDrain) this.#owedPong = content;
    else visitor.write(pongFrame(content));
  }

  readonly #onDrain = (): void => {
    this.#watch.heard();
    const pong = this.#owedPong;
    this.#owedPong = null;
    if (pong !== null) this.#pong(pong);
    const done = this.#onRoom;
    this.#onRoom = null;
    done?.();
  };

  /** Without a close frame nobody can tell an end from a break. */
  readonly #onEnd = (): void => {
    if (!this.#hasClosed) this.destroy();
  };

  readonly #onClose = (): void => {
    this.#watch.stop();
    this.#cancelDeadline();
    // Whoever has closed in good order may leave before his service has: it is to get all that he sent.
    if (!this.#hasClosed) return void this.destroy();
    this.#onRoom?.();
    this.#onRoom = null;
  };
}
