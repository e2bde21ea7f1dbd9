/** Pieces below this are joined: kept one by one, each would cost more memory than it carries. */
const joinBelowBytes = 2048;
const firstJoinedBytes = 512;
const maxJoinedBytes = 16 * 1024;
/** A slice that pins more than this many times its own length is copied. */
const maxPinFactor = 4;

/** The piece, or a copy of it if it keeps much more memory alive than it is long. */
export function unpinned(piece: Buffer): Buffer {
  if (!pinsMuch(piece)) return piece;
  const copy = Buffer.allocUnsafeSlow(piece.length);
  copy.set(piece);
  return copy;
}

/**
 * Payload that nobody has read yet. What it costs stays near what it holds: a hostile peer that sends single bytes, or
 * small slices of large chunks, cannot make a window of 256 KiB cost megabytes.
 */
export class ReceiveQueue {
  readonly #pieces: Buffer[] = [];
  /** The last piece, if it is ours and has room behind its `#joinedLength` bytes. */
  #joined: Buffer | null = null;
  #joinedLength = 0;
  #byteLength = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  push(piece: Buffer): void {
    this.#byteLength += piece.length;
    const isCopied = piece.length < joinBelowBytes || pinsMuch(piece);
    if (isCopied) this.#join(piece);
    else this.#append(piece);
  }

  /** The oldest piece, or null. */
  shift(): Buffer | null {
    if (this.#pieces.length === 0) this.#closeJoined();
    const piece = this.#pieces.shift() ?? null;
    if (piece !== null) this.#byteLength -= piece.length;
    return piece;
  }

  clear(): void {
    this.#pieces.length = 0;
    this.#joined = null;
    this.#joinedLength = 0;
    this.#byteLength = 0;
  }

  #append(piece: Buffer): void {
    this.#closeJoined();
    this.#pieces.push(piece);
  }

  #join(piece: Buffer): void {
    if (piece.length > maxJoinedBytes) {
      this.#append(Buffer.from(piece));
      return;
    }
    const needed = this.#joinedLength + piece.length;
    if (needed > maxJoinedBytes) this.#closeJoined();
    this.#reserve(this.#joinedLength + piece.length).set(piece, this.#joinedLength);
    this.#joinedLength += piece.length;
  }

  #reserve(needed: number): Buffer {
    if (this.#joined !== null && this.#joined.length >= needed) return this.#joined;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, firstJoinedBytes, (this.#joined?.length ?? 0) * 2));
    if (this.#joined !== null) grown.set(this.#joined.subarray(0, this.#joinedLength));
    this.#joined = grown;
    return grown;
  }

  #closeJoined(): void {
    if (this.#joined === null) return;
    this.#pieces.push(this.#joined.subarray(0, this.#joinedLength));
    this.#joined = null;
    this.#joinedLength = 0;
  }
}

function pinsMuch(piece: Buffer): boolean {
  return piece.buffer.byteLength > piece.length * maxPinFactor;
}
