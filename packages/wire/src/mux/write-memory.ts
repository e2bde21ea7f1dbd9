/** Holds the largest gathered write of ordinary sessions; what needs more gets memory of its own. */
const pieceBytes = 208 * 1024;
/** Smaller writes are cheap to allocate, and most writes are. */
const shareFromBytes = 32 * 1024;
/** Pieces kept for the next write, by all sessions of the process together. */
const maxFreePieces = 16;

const free: Buffer[] = [];

/** Memory for one write of `bytes`. Large pieces are used again: allocating them anew made a sixth of bulk's cost. */
export function takeWriteMemory(bytes: number): Buffer {
  if (bytes < shareFromBytes || bytes > pieceBytes) return Buffer.allocUnsafe(bytes);
  return free.pop() ?? Buffer.allocUnsafeSlow(pieceBytes);
}

/** Gives memory back; nobody may look at it any more. */
export function releaseWriteMemory(memory: Buffer): void {
  if (memory.length === pieceBytes && free.length < maxFreePieces) free.push(memory);
}
