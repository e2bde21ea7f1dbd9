const slabBytes = 64 * 1024;

/**
 * Memory for what is small and kept for a while: many next to each other in one buffer, which goes when the last of them is
 * let go of. As objects of their own the garbage collector would copy each of them twice before it leaves them alone, and
 * that took longer than reading them.
 */
export class Slabs {
  /** The one in which `reserve` made room last. */
  bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  /** Answers where in `bytes` the room for so many begins. */
  reserve(length: number): number {
    if (this.#at + length > this.bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(slabBytes, length));
      this.#at = 0;
    }
    const start = this.#at;
    this.#at += length;
    return start;
  }
}

/** Of this process, for all that is captured. Captures go in the order they came, and their slabs with them. */
export const captureSlabs: Slabs = new Slabs();
