import { ReceiveQueue } from './receive-queue.ts';

/** The part of a Readable that takes payload. */
interface ReadableFace {
  /** Null ends it. False: no more until it asks. */
  push(piece: Buffer | null): boolean;
  readonly readableLength: number;
}

interface ReceiveHalfOptions {
  readonly windowBytes: number;
  /** Lets the peer send so many bytes more. */
  grant(bytes: number): void;
  /** Bytes received and not yet read: so many more, or less. */
  onHeld(difference: number): void;
}

/** The receiving direction of one stream: its window, and what came and was not yet read. */
export class ReceiveHalf {
  isFinReceived = false;
  face: ReadableFace | null = null;
  readonly #options: ReceiveHalfOptions;
  #window: number;
  readonly #unread = new ReceiveQueue();
  /** The face has asked for more than there was: what comes goes to it at once. */
  #isWanted = false;
  #receivedBytes = 0;
  #grantedBytes = 0;
  #heldBytes = 0;
  #isClosed = false;

  constructor(options: ReceiveHalfOptions) {
    this.#options = options;
    this.#window = options.windowBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** A frame with so many bytes begins. False: the window does not allow it. */
  admit(bytes: number): boolean {
    if (bytes > this.#window) return false;
    this.#window -= bytes;
    return true;
  }

  /** Admitted bytes that are used up already. */
  skip(bytes: number): void {
    this.#receivedBytes += bytes;
  }

  receive(piece: Buffer): void {
    if (this.#isClosed) return;
    this.#receivedBytes += piece.length;
    if (this.#isWanted && this.#unread.byteLength === 0) this.#push(piece);
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
   * Counts what was read since the last time. Grants it once half a window has come together: rarely enough for bulk,
   * and the peer still has the other half to go on with. After its FIN the peer has no use for it.
   */
  settle(): void {
    if (this.#isClosed) return;
    this.#count();
    if (!this.isFinReceived && this.#due * 2 >= this.#options.windowBytes) this.grantNow();
  }

  /** Grants all that was read. */
  grantNow(): void {
    if (this.#isClosed) return;
    this.#count();
    const due = this.#due;
    if (due <= 0) return;
    this.#grantedBytes += due;
    this.#window += due;
    this.#options.grant(due);
  }

  /** Bytes that were read and are not granted. */
  get #due(): number {
    return this.#receivedBytes - this.#heldBytes - this.#grantedBytes;
  }

  /** Drops what was not read. */
  close(): void {
    this.#isClosed = true;
    this.#unread.clear();
    this.#setHeld(0);
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
    this.#heldBytes = bytes;
    this.#options.onHeld(difference);
  }
}
