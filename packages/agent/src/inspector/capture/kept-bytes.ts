const empty = Buffer.alloc(0);
const firstBytes = 512;

/** The beginning of a body, up to a limit. What comes behind it is counted and never copied. */
export class KeptBytes {
  /** All that passed, kept or not. */
  totalBytes = 0;
  readonly #claim: (bytes: number) => void;
  #limit: number;
  #buffer = empty;
  #length = 0;

  /** @param claim Told how many more bytes of memory are used; may call `drop`. */
  constructor(limit: number, claim: (bytes: number) => void) {
    this.#limit = limit;
    this.#claim = claim;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
  get isTruncated(): boolean {
    return this.totalBytes > this.#length;
  }

  add(piece: Uint8Array): void {
    this.totalBytes += piece.length;
    const taken = Math.min(piece.length, this.#limit - this.#length);
    if (taken <= 0) return;
    this.#reserve(this.#length + taken);
    if (this.#limit === 0) return; // Its owner went while making room.
    this.#buffer.set(taken === piece.length ? piece : piece.subarray(0, taken), this.#length);
    this.#length += taken;
  }

  /** Lets go of everything, and keeps nothing more. */
  drop(): void {
    this.#limit = 0;
    this.#buffer = empty;
    this.#length = 0;
  }

  /** Twice as much each time, so that a body that comes in small pieces is copied a bounded number of times. */
  #reserve(bytes: number): void {
    const before = this.#buffer.length;
    if (bytes <= before) return;
    const capacity = Math.min(this.#limit, Math.max(bytes, 2 * before, firstBytes));
    this.#claim(capacity - before);
    if (this.#limit === 0) return;
    // Not from the shared pool: one small body would keep all of a slab alive.
    const larger = Buffer.allocUnsafeSlow(capacity);
    larger.set(this.bytes);
    this.#buffer = larger;
  }
}
