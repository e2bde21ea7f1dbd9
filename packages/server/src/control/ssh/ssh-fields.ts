/** Reads the fields of an SSH message one after the other (RFC 4251 §5). Answers undefined for what is not there whole. */
export class SshFields {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** A length and so many bytes. */
  bytes(): Buffer | undefined {
    const start = this.#at + 4;
    if (start > this.#bytes.length) return undefined;
    const end = start + this.#bytes.readUInt32BE(this.#at);
    if (end > this.#bytes.length) return undefined;
    this.#at = end;
    return this.#bytes.subarray(start, end);
  }

  text(): string | undefined {
    return this.bytes()?.toString('latin1');
  }

  /** A number above zero, in the fewest bytes. */
  positive(): bigint | undefined {
    const bytes = this.bytes();
    const [first = 0, second = 0] = bytes ?? [];
    const isShortest = first !== 0 || second >= 0x80;
    // A first bit of one would make it negative.
    if (bytes === undefined || bytes.length === 0 || first >= 0x80 || !isShortest) return undefined;
    return BigInt(`0x${bytes.toString('hex')}`);
  }
}
