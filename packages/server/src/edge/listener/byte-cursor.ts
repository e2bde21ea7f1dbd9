/** Thrown by a ByteCursor when the bytes do not have the form they are read in. */
export class MalformedBytes extends Error {
  override readonly name = 'MalformedBytes';
}

/** Reads big-endian numbers and length-prefixed vectors (the presentation language of RFC 8446 §3), never past the end. */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }
  get isAtEnd(): boolean {
    return this.remaining === 0;
  }

  uint(size: 1 | 2): number {
    const bytes = this.#take(size);
    return bytes.reduce((value, byte) => value * 256 + byte, 0);
  }

  skip(count: number): void {
    this.#take(count);
  }

  /** Reads `<min..max>`: a length of `lengthSize` bytes, then that many bytes. */
  vector(lengthSize: 1 | 2, { min = 0, max = 0xffff }: { min?: number; max?: number } = {}): ByteCursor {
    const length = this.uint(lengthSize);
    if (length < min || length > max) throw new MalformedBytes();
    return new ByteCursor(this.#take(length));
  }

  /** All that is left, one character for each byte. */
  text(): string {
    return Buffer.from(this.#take(this.remaining)).toString('latin1');
  }

  expectEnd(): void {
    if (!this.isAtEnd) throw new MalformedBytes();
  }

  #take(count: number): Uint8Array {
    if (count > this.remaining) throw new MalformedBytes();
    this.#offset += count;
    return this.#bytes.subarray(this.#offset - count, this.#offset);
  }
}
