import { captureSlabs } from './slabs.ts';

const empty = Buffer.alloc(0);
const maxPackedBytes = 1024;

/** Whose the bytes are. */
export interface KeptBytesOwner {
  /** So many more bytes of memory are used; may call `drop`. */
  claim(bytes: number): void;
}

/**
 * The beginning of a body, up to a limit. What comes behind it is counted and never copied. A small one that came in one
 * piece is a part of a slab, every other has a buffer of its own.
 */
export class KeptBytes {
  /** All that passed, kept or not. */
  totalBytes = 0;
  readonly #owner: KeptBytesOwner;
  #limit: number;
  #buffer: Buffer = empty;
  /** Where in the buffer it is; whether it has room behind it. */
  #start = 0;
  #length = 0;
  #isInSlab = false;

  constructor(limit: number, owner: KeptBytesOwner) {
    this.#limit = limit;
    this.#owner = owner;
  }

  /** Its own: of a slab that others are in, a copy. */
  get bytes(): Buffer {
    const bytes = this.#buffer.subarray(this.#start, this.#start + this.#length);
    return this.#isInSlab ? ownCopy(bytes, bytes.length) : bytes;
  }
  get isTruncated(): boolean {
    return this.totalBytes > this.#length;
  }

  add(piece: Uint8Array): void {
    const isFirst = this.totalBytes === 0;
    this.totalBytes += piece.length;
    const taken = Math.min(piece.length, this.#limit - this.#length);
    if (taken <= 0) return;
    if (isFirst && taken <= maxPackedBytes) return this.#pack(piece, taken);
    const buffer = this.#reserve(this.#length + taken);
    if (buffer === null) return;
    buffer.set(taken === piece.length ? piece : piece.subarray(0, taken), this.#length);
    this.#length += taken;
  }

  /** Lets go of everything, and keeps nothing more. */
  drop(): void {
    this.#limit = 0;
    this.#buffer = empty;
    this.#start = 0;
    this.#length = 0;
    this.#isInSlab = false;
  }

  #pack(piece: Uint8Array, taken: number): void {
    this.#owner.claim(taken);
    if (this.#limit === 0) return; // Its owner went while making room.
    this.#start = captureSlabs.reserve(taken);
    this.#buffer = captureSlabs.bytes;
    this.#buffer.set(taken === piece.length ? piece : piece.subarray(0, taken), this.#start);
    this.#length = taken;
    this.#isInSlab = true;
  }

  /**
   * Room for so many, at the beginning of a buffer of its own; null: its owner went while making room. Twice as much each
   * time, so that a body that comes in small pieces is copied a bounded number of times.
   */
  #reserve(bytes: number): Buffer | null {
    const before = this.#isInSlab ? this.#length : this.#buffer.length;
    if (!this.#isInSlab && bytes <= before) return this.#buffer;
    const capacity = Math.min(this.#limit, Math.max(bytes, 2 * before));
    this.#owner.claim(capacity - before);
    if (this.#limit === 0) return null;
    this.#buffer = ownCopy(this.#buffer.subarray(this.#start, this.#start + this.#length), capacity);
    this.#start = 0;
    this.#isInSlab = false;
    return this.#buffer;
  }
}

/** Not from the shared pool: one small body would keep all of it alive. */
function ownCopy(bytes: Buffer, capacity: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(capacity);
  copy.set(bytes);
  return copy;
}
