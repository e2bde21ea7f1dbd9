import type { FrameBuffer } from '../frames/frame-buffer.ts';
import { frameFlags } from '../protocol.ts';
import type { PayloadSource } from './payload-source.ts';
import type { SendQueue } from './send-queue.ts';

/** The part of a Writable that tells whether a write was the last one. */
interface WritableFace {
  readonly writableEnded: boolean;
  /** Bytes written and not yet called back, those under way included. */
  readonly writableLength: number;
}

const maxWindow = 0x7fffffff;

/**
 * The sending direction of one stream: its window, and the one batch of writes that waits for it, or for the frame that
 * opens the stream.
 */
export class SendHalf implements PayloadSource {
  readonly isUrgent: boolean;
  isQueued = false;
  isFinSent = false;
  /** Sum of the peer's grants. */
  consumedByPeer = 0;
  face: WritableFace | null = null;
  readonly #queue: SendQueue;
  /** 0: not on the wire yet. */
  #id: number;
  #window: number;
  #batch: readonly Uint8Array[] = [];
  #batchBytes = 0;
  #onWritten: ((error?: Error | null) => void) | null = null;
  /** Not yet promised to a frame. */
  #waitingBytes = 0;
  /** Not yet in a frame; the next one is in `#batch[#index]` at `#offset`. */
  #uncopiedBytes = 0;
  #index = 0;
  #offset = 0;
  #isDiscarding = false;
  /** The stream was ended before it was opened. */
  #isFinDue = false;

  /** @param options.id 0: `open` will tell. */
  constructor(queue: SendQueue, options: { id: number; isUrgent: boolean; windowBytes: number }) {
    this.#queue = queue;
    this.#id = options.id;
    this.isUrgent = options.isUrgent;
    this.#window = options.windowBytes;
  }

  /** Sends the frame that opens the stream, and lets go what waits for it. */
  open(id: number, head: Uint8Array): void {
    this.#id = id;
    this.#window -= head.length;
    this.#queue.spend(head.length);
    this.#queue.control().data(id, frameFlags.syn, head);
    if (this.#isFinDue) this.sendFin();
    else if (this.#waitingBytes > 0) this.#queue.add(this);
  }

  /** Sends a batch; the next one only after `onWritten`. */
  write(batch: readonly Uint8Array[], onWritten: (error?: Error | null) => void): void {
    let bytes = 0;
    for (const piece of batch) bytes += piece.length;
    if (bytes === 0 || this.#isDiscarding) {
      onWritten();
      return;
    }
    this.#batch = batch;
    this.#batchBytes = bytes;
    this.#waitingBytes = bytes;
    this.#uncopiedBytes = bytes;
    this.#index = 0;
    this.#offset = 0;
    this.#onWritten = onWritten;
    if (this.#window > 0 && this.#id !== 0) this.#queue.add(this);
  }

  sendFin(): void {
    if (this.isFinSent || this.#isDiscarding) return;
    if (this.#id === 0) {
      this.#isFinDue = true;
      return;
    }
    this.isFinSent = true;
    this.#queue.control().fin(this.#id);
  }

  /** The peer has consumed so much. False: it grants more than a window can be. */
  grant(bytes: number): boolean {
    if (this.#window + bytes > maxWindow) return false;
    this.#window += bytes;
    this.consumedByPeer += bytes;
    if (bytes > 0 && this.#waitingBytes > 0) this.#queue.add(this);
    return true;
  }

  reserve(maxBytes: number): number {
    const size = Math.min(this.#waitingBytes, this.#window, maxBytes);
    this.#waitingBytes -= size;
    this.#window -= size;
    return size;
  }

  putFrame(frames: FrameBuffer, size: number): void {
    this.#uncopiedBytes -= size;
    const isLast = this.#uncopiedBytes === 0 && this.#isLastBatch();
    if (isLast) this.isFinSent = true;
    frames.dataHeader(this.#id, isLast ? frameFlags.fin : 0, size);
    for (let left = size; left > 0; ) {
      const piece = this.#batch[this.#index] as Uint8Array;
      const count = Math.min(left, piece.length - this.#offset);
      frames.append(count === piece.length ? piece : piece.subarray(this.#offset, this.#offset + count));
      left -= count;
      this.#offset += count;
      if (this.#offset < piece.length) continue;
      this.#index++;
      this.#offset = 0;
    }
  }

  onSent(): void {
    if (this.#uncopiedBytes === 0) this.#complete(null);
  }

  /** From now on what is written goes nowhere, as if it were sent: the peer does not want it. */
  discard(): void {
    this.#isDiscarding = true;
    this.#complete(null);
  }

  /** Gives up what waits. Null: nobody said why. */
  fail(error: Error | null): void {
    this.#isDiscarding = true;
    // An error costs a stack trace, and most streams are closed with nothing waiting.
    if (this.#onWritten !== null) this.#complete(error ?? new Error('The stream was destroyed'));
  }

  /** FIN can ride on the last payload when the writer has ended and nothing is buffered behind this batch. */
  #isLastBatch(): boolean {
    return this.face !== null && this.face.writableEnded && this.face.writableLength === this.#batchBytes;
  }

  #complete(error: Error | null): void {
    const onWritten = this.#onWritten;
    this.#onWritten = null;
    this.#batch = [];
    this.#waitingBytes = 0;
    this.#uncopiedBytes = 0;
    if (onWritten !== null) onWritten(error);
  }
}
