import { ReceiveQueue, unpinned } from './receive-queue.ts';
import { WindowGrowth } from './window-growth.ts';
import type { WindowRule } from './window-rule.ts';

/** The part of a Readable that takes payload. */
interface ReadableFace {
  /** Null ends it. False: no more until it asks. */
  push(piece: Buffer | null): boolean;
  readonly readableLength: number;
  /** True: what is pushed is handed on at once. */
  readonly readableFlowing: boolean | null;
}

/** The stream that a half belongs to. */
interface ReceiveOwner {
  /** Calls and heartbeats: their windows do not grow. */
  readonly isUrgent: boolean;
  /** Lets the peer send so many bytes more. */
  sendGrant(bytes: number): void;
  /** Bytes received and not yet read: so many more, or less. */
  onHeld(difference: number): void;
}

/** What was read is granted and noted once so much has come together, or half of a smaller window. */
const maxStepBytes = 512 * 1024;
/** Beyond, a stream stalls, however long: few bytes that wait for hours are no greater burden than many that wait for this. */
const maxWaitMs = 10_000;

/** The receiving direction of one stream: its window, and what came and was not yet read. */
export class ReceiveHalf {
  isFinReceived = false;
  face: ReadableFace | null = null;
  readonly #owner: ReceiveOwner;
  readonly #rule: WindowRule;
  /** Promised and not yet received. */
  #leftBytes: number;
  /** What may be promised or unread at a time. */
  #windowBytes: number;
  /** Null before the first grant, and for windows that do not grow. */
  #growth: WindowGrowth | null = null;
  readonly #unread = new ReceiveQueue();
  /** The face has asked for more than there was: what comes goes to it at once. */
  #isWanted = false;
  #receivedBytes = 0;
  #grantedBytes = 0;
  #heldBytes = 0;
  /** Since when what is unread has waited: the last step was read then, or the first of it came. */
  #waitsSinceMs = 0;
  /** How much had been read by then. */
  #readBytes = 0;
  #isClosed = false;

  constructor(owner: ReceiveOwner, rule: WindowRule) {
    this.#owner = owner;
    this.#rule = rule;
    this.#windowBytes = rule.initialBytes;
    this.#leftBytes = rule.initialBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** What it costs that this is not read: bytes, times how long they have waited for their reader. */
  burdenAt(nowMs: number): number {
    return this.#heldBytes * Math.min(maxWaitMs, Math.max(1, nowMs - this.#waitsSinceMs));
  }

  /** The stream carries bulk: its window starts with what others of the session came to need. Once. */
  widen(): void {
    if (this.#windowBytes > this.#rule.initialBytes) return;
    const extra = this.#rule.openingExtra();
    if (extra > 0) this.#grant(0, extra);
  }

  /** A frame with so many bytes begins. False: the window does not allow it. */
  admit(bytes: number): boolean {
    if (bytes > this.#leftBytes) return false;
    this.#leftBytes -= bytes;
    return true;
  }

  /** Admitted bytes that are used up already. */
  skip(bytes: number): void {
    this.#receivedBytes += bytes;
  }

  receive(piece: Buffer): void {
    if (this.#isClosed) return;
    this.#receivedBytes += piece.length;
    if (this.#isWanted && this.#unread.byteLength === 0)
      this.#push(this.face?.readableFlowing ? piece : unpinned(piece));
    else this.#unread.push(piece);
    this.settle();
  }

  finish(): void {
    this.isFinReceived = true;
    if (this.#unread.byteLength === 0) this.face?.push(null);
  }

  /** The face asks for more. */
  pull(): void {
    this.#isWanted = true;
    while (this.#isWanted && this.#unread.byteLength > 0) {
      const piece = this.#unread.shift();
      if (piece !== null) this.#push(piece);
      if (this.isFinReceived && this.#unread.byteLength === 0) this.face?.push(null);
    }
    this.settle();
  }

  /**
   * Counts what was read since the last time. Grants it in steps: rarely enough for bulk, and the peer still has the rest
   * of the window to go on with. After its FIN the peer has no use for it.
   */
  settle(): void {
    if (!this.#isClosed) this.#count();
    // What came may have been too much, and this stream the one to pay for it.
    if (this.#isClosed) return;
    const stepBytes = Math.min(this.#windowBytes / 2, maxStepBytes);
    const readBytes = this.#receivedBytes - this.#heldBytes;
    if (readBytes - this.#readBytes >= stepBytes) this.#noteRead(readBytes);
    if (!this.isFinReceived && readBytes - this.#grantedBytes >= stepBytes) this.#grantStep(readBytes);
  }

  /** Grants all that was read. */
  grantNow(): void {
    if (this.#isClosed) return;
    this.#count();
    const due = this.#receivedBytes - this.#heldBytes - this.#grantedBytes;
    if (due > 0) this.#grant(due, 0);
  }

  /** Drops what was not read. */
  close(): void {
    this.#isClosed = true;
    this.#unread.clear();
    this.#setHeld(0);
  }

  #noteRead(readBytes: number): void {
    this.#readBytes = readBytes;
    this.#waitsSinceMs = this.#rule.now();
  }

  #grantStep(readBytes: number): void {
    if (this.#rule.canGrow && !this.#owner.isUrgent) this.#growth ??= new WindowGrowth(this.#rule);
    const extra = this.#growth?.observe(this.#windowBytes, this.#receivedBytes, readBytes) ?? 0;
    this.#grant(readBytes - this.#grantedBytes, extra);
  }

  /** @param due Bytes that were read. @param extra By how much the window becomes larger. */
  #grant(due: number, extra: number): void {
    this.#grantedBytes += due;
    this.#windowBytes += extra;
    this.#leftBytes += due + extra;
    this.#owner.sendGrant(due + extra);
  }

  #push(piece: Buffer): void {
    this.#isWanted = this.face?.push(piece) ?? false;
  }

  #count(): void {
    this.#setHeld(this.#unread.byteLength + (this.face?.readableLength ?? 0));
  }

  #setHeld(bytes: number): void {
    const difference = bytes - this.#heldBytes;
    if (difference === 0) return;
    if (this.#heldBytes === 0) this.#waitsSinceMs = this.#rule.now();
    this.#heldBytes = bytes;
    this.#owner.onHeld(difference);
  }
}
