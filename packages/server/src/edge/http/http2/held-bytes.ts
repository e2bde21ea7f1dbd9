const minBlockBytes = 1024;
const maxBlockBytes = 64 * 1024;

/**
 * Bytes that wait, oldest first, in memory of their own. A piece from the socket is a view of a whole read: kept as it is,
 * one byte can hold 64 KiB, and many small pieces cost more than what is in them. Here what is kept is what is paid for.
 */
export class HeldBytes {
  #blocks: Buffer[] = [];
  /** How much of the last block is in use. */
  #used = 0;
  #length = 0;

  /** Bytes held. */
  get length(): number {
    return this.#length;
  }

  /** Copies the piece. */
  append(piece: Buffer): void {
    let rest = piece;
    this.#length += piece.length;
    while (rest.length > 0) {
      const block = this.#blockWithRoom();
      const copied = rest.copy(block, this.#used);
      this.#used += copied;
      rest = rest.subarray(copied);
    }
  }

  /** The oldest bytes, as many as lie together: the caller's from now on. Undefined if there are none. */
  take(): Buffer | undefined {
    const block = this.#blocks.shift();
    if (!block) return undefined;
    const piece = this.#blocks.length === 0 ? block.subarray(0, this.#used) : block;
    this.#length -= piece.length;
    return piece;
  }

  clear(): void {
    this.#blocks = [];
    this.#length = 0;
  }

  /** Each new block is as large as all before it, within limits: little is paid for little. */
  #blockWithRoom(): Buffer {
    const last = this.#blocks[this.#blocks.length - 1];
    if (last && this.#used < last.length) return last;
    const block = Buffer.allocUnsafeSlow(Math.min(Math.max(this.#length, minBlockBytes), maxBlockBytes));
    this.#blocks.push(block);
    this.#used = 0;
    return block;
  }
}
