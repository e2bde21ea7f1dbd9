import { Duplex } from 'node:stream';

interface MemoryPairOptions {
  /** Cuts what one end writes into the pieces that the other end reads. Default: as written. */
  split?(bytes: Buffer): Buffer[];
}

/** One end of an in-memory byte stream; a write is called back when the other end has taken it. */
export class MemoryEnd extends Duplex {
  peer: MemoryEnd | null = null;
  /** All that was written here, in order. */
  readonly written: Buffer[] = [];
  readonly #split: (bytes: Buffer) => Buffer[];
  #onTaken: (() => void) | null = null;

  constructor(options: MemoryPairOptions) {
    super({ allowHalfOpen: false });
    this.#split = options.split ?? ((bytes) => [bytes]);
  }

  override _read(): void {
    const onTaken = this.peer?.takeCallback();
    onTaken?.();
  }

  override _write(chunk: Buffer, _encoding: string, onWritten: () => void): void {
    this.written.push(Buffer.from(chunk));
    this.#onTaken = onWritten;
    let isTaken = false;
    for (const piece of this.#split(chunk)) isTaken = this.peer?.push(piece) ?? true;
    if (isTaken) this.takeCallback()?.();
  }

  override _final(onFinished: () => void): void {
    this.peer?.push(null);
    onFinished();
  }

  override _destroy(error: Error | null, onDestroyed: (error?: Error | null) => void): void {
    const peer = this.peer;
    this.peer = null;
    if (peer !== null && !peer.readableEnded) peer.push(null);
    onDestroyed(error);
  }

  takeCallback(): (() => void) | null {
    const onTaken = this.#onTaken;
    this.#onTaken = null;
    return onTaken;
  }
}

/** Two joined ends. */
export function memoryPair(options: MemoryPairOptions = {}): [MemoryEnd, MemoryEnd] {
  const left = new MemoryEnd(options);
  const right = new MemoryEnd(options);
  left.peer = right;
  right.peer = left;
  return [left, right];
}
