/** The first 4 payload bytes of every stream: uint32, big-endian. */
const typeBytes = 4;

/** Type and first payload of a stream of our own: what its first frame carries. @throws {RangeError} It is too long. */
export function streamHead(type: number, first: Uint8Array, maxBytes: number): Buffer {
  const head = Buffer.allocUnsafe(typeBytes + first.length);
  if (head.length > maxBytes) throw new RangeError(`The first payload of a stream has at most ${maxBytes - 4} bytes`);
  head.writeUInt32BE(type);
  head.set(first, typeBytes);
  return head;
}

/** Reads the type of a stream of the peer, which may come in pieces. */
export class StreamTypeReader {
  type = 0;
  #bytesRead = 0;

  get isComplete(): boolean {
    return this.#bytesRead === typeBytes;
  }

  /** Answers how many bytes at the start of the payload belong to the type. */
  read(payload: Buffer): number {
    const count = Math.min(typeBytes - this.#bytesRead, payload.length);
    for (let at = 0; at < count; at++) this.type = this.type * 256 + (payload[at] ?? 0);
    this.#bytesRead += count;
    return count;
  }
}
