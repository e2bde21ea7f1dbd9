const empty = Buffer.alloc(0);

/** The chunk that is being read, and how far. */
export class Input {
  chunk: Buffer = empty;
  at = 0;

  get isEmpty(): boolean {
    return this.at === this.chunk.length;
  }

  /** @throws {TypeError} The chunk before was not read to its end. */
  feed(chunk: Buffer): void {
    if (this.at !== this.chunk.length) throw new TypeError('Cannot feed: next() has not answered none');
    this.chunk = chunk;
    this.at = 0;
  }

  /** A slice of at most `maxBytes`; the input must not be empty. */
  take(maxBytes: number): Buffer {
    const { chunk, at } = this;
    const end = Math.min(chunk.length, at + maxBytes);
    this.at = end;
    return at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end);
  }

  /** Whoever waits for bytes must not keep the last chunk alive. */
  release(): void {
    this.chunk = empty;
    this.at = 0;
  }
}
