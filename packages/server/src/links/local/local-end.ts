import { Duplex } from 'node:stream';
import type { Clock } from '../../domain/clock.ts';

/** What the other end is given at once, and has to take before it is given more. */
const pieceBytes = 16 * 1024;

/** How long the other end may take nothing of what waits for it; then this end is destroyed. */
export interface StallLimit {
  readonly clock: Pick<Clock, 'after'>;
  readonly timeoutMs: number;
}

/**
 * One of two ends of a connection inside the process. What is written to it is handed on in small pieces: a large answer that
 * was handed over as a whole would count as taken, however little of it the visitor reads.
 */
export class LocalEnd extends Duplex {
  readonly #stall: StallLimit | undefined;
  #other: LocalEnd | undefined;
  /** Of the other end's piece that is to be taken. */
  #onTaken: (() => void) | undefined;
  #cancelStall: (() => void) | undefined;

  constructor(stall?: StallLimit) {
    super();
    this.#stall = stall;
  }

  /** Of the first of the two; they end together. */
  connect(other: LocalEnd): void {
    this.#other = other;
    other.#other = this;
    this.once('close', () => other.destroy());
    other.once('close', () => this.destroy());
  }

  override _read(): void {
    const onTaken = this.#onTaken;
    this.#onTaken = undefined;
    onTaken?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.#cancelStall = this.#stall?.clock.after(this.#stall.timeoutMs, () => this.destroy());
    // Copied: a piece that is kept somewhere must not keep all the others.
    const piece = chunk.length > pieceBytes ? Buffer.from(chunk.subarray(0, pieceBytes)) : chunk;
    this.#other?.give(piece, () => {
      this.#cancelStall?.();
      if (piece === chunk) callback();
      else this._write(chunk.subarray(pieceBytes), _encoding, callback);
    });
  }

  override _final(callback: () => void): void {
    this.#other?.once('end', callback);
    this.#other?.push(null);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#cancelStall?.();
    callback(error);
  }

  /** @param onTaken Called when it is, and there may be another. */
  give(piece: Buffer, onTaken: () => void): void {
    if (piece.length === 0) {
      process.nextTick(onTaken);
      return;
    }
    this.#onTaken = onTaken;
    this.push(piece);
  }
}
