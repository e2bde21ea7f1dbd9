import { Duplex } from 'node:stream';
import type { StreamWire } from './stream-wire.ts';

/** How long a peer that was answered may leave its half of the stream open. */
const drainMs = 10_000;

/**
 * One stream of a session: a Duplex whose halves end one by one, and which node:http takes for a socket. Writing stops
 * at the peer's window, reading grants window; both are the session's work.
 *
 * Errors: `StreamReset` when the peer resets it; AditError 9005 when the session ends. An error that nobody listens for
 * is dropped, since streams die with their session and that must not take the process along. When the peer has sent
 * all of its half and then resets, or the session ends, what it sent can still be read; writes go nowhere meanwhile.
 *
 * `destroy()` on a live stream aborts it: see `abort`.
 */
export class MuxStream extends Duplex {
  readonly #wire: StreamWire;

  /** For sessions and subclasses: see `MuxSession.prepare`. */
  constructor(wire: StreamWire) {
    // One byte of read-ahead: payload waits in the session's own queue, where small pieces are joined.
    super({ allowHalfOpen: true, readableHighWaterMark: 1 });
    this.#wire = wire;
    this.on('error', ignoreError);
  }

  /** 0 before `open`. */
  get id(): number {
    return this.#wire.id;
  }

  /** One of `streamTypes`, or any other uint32 that the peer sent. */
  get type(): number {
    return this.#wire.type;
  }

  /** How many bytes the peer has consumed of all that this side sent, the 4 type bytes included. */
  get peerConsumedBytes(): number {
    return this.#wire.consumedByPeer;
  }

  /**
   * Puts a prepared stream on the wire; see `MuxSession.prepare`. Once. Type and `first` go out in one frame, then what
   * was written meanwhile; nothing answers it.
   *
   * @param first At most `maxSendFrameBytes` - 4 bytes.
   * @throws {AditError} 3200: the session is closed. 3210: too many streams are open. The stream is as before.
   */
  open(first: Uint8Array): void {
    this.#wire.open(first);
  }

  /** Ends the stream with RST only. Not for a relay: on a RST alone the Rust client's reading half hangs. */
  reset(code: number): void {
    this.#wire.reset(code);
  }

  /** Ends the stream at once so that a relay ends cleanly: an empty DATA+FIN, then RST 6. A heartbeat: RST 6 only. */
  abort(): void {
    this.destroy();
  }

  /** Grants at once what was read so far, in place of waiting for half a window: the peer sees that it was read. */
  acknowledge(): void {
    this.#wire.grantNow();
  }

  /** Ends this side, drops what still comes, and aborts when the peer does not end its side within 10 s. */
  endAndDrain(): void {
    this.end();
    this.resume();
    if (this.closed) return;
    this.once(
      'close',
      this.#wire.timer.after(drainMs, () => this.destroy()),
    );
  }

  // What node:http calls on a socket without asking whether it is there. A stream has no kernel socket to pass these to,
  // and no idle timer: whoever opened it sets its deadlines.

  /** Does nothing. */
  setTimeout(): this {
    return this;
  }
  /** Does nothing. */
  setNoDelay(): this {
    return this;
  }
  /** Does nothing. */
  setKeepAlive(): this {
    return this;
  }
  /** Does nothing: the transport alone keeps the process alive. */
  ref(): this {
    return this;
  }
  /** Does nothing. */
  unref(): this {
    return this;
  }

  override read(size?: number): unknown {
    const piece: unknown = super.read(size);
    this.#wire.settle();
    return piece;
  }

  override _read(): void {
    this.#wire.pull();
  }

  override _write(chunk: Uint8Array, _encoding: string, onWritten: (error?: Error | null) => void): void {
    this.#wire.write([chunk], onWritten);
  }

  override _writev(chunks: readonly { chunk: Uint8Array }[], onWritten: (error?: Error | null) => void): void {
    this.#wire.write(
      chunks.map((item) => item.chunk),
      onWritten,
    );
  }

  override _final(onFinished: (error?: Error | null) => void): void {
    this.#wire.finish();
    onFinished();
  }

  override _destroy(error: Error | null, onDestroyed: (error?: Error | null) => void): void {
    this.#wire.close(error);
    onDestroyed(error);
  }
}

function ignoreError(): void {}
