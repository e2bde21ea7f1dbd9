/** Milliseconds and one-shot timers, so that tests need no waiting. */
export interface Timer {
  now(): number;
  after(ms: number, callback: () => void): void;
}

export interface DelayLineOptions {
  readonly delayMs: number;
  /** Bytes that may be on the way; the sender must pause beyond. What bounds a window bounds the rate: bytes ÷ delay. */
  readonly capacity: number;
  readonly timer: Timer;
  /** Takes a piece that has arrived; false: no more until `resume()`. */
  deliver(piece: Buffer): boolean;
  /** There is room again after `push()` answered false. */
  onRoom(): void;
  /** Everything before `end()` has been delivered. */
  onEnd(): void;
}

/** One direction of a long link: what goes in comes out `delayMs` later, in order. */
export class DelayLine {
  readonly #options: DelayLineOptions;
  readonly #queue: { readonly piece: Buffer | null; readonly dueAt: number }[] = [];
  #bytes = 0;
  #isFull = false;
  #isHeld = false;
  #isTimerSet = false;

  constructor(options: DelayLineOptions) {
    this.#options = options;
  }

  /** @returns false: full, wait for `onRoom`. The piece has been taken all the same. */
  push(piece: Buffer): boolean {
    this.#bytes += piece.length;
    this.#isFull = this.#bytes >= this.#options.capacity;
    this.#enqueue(piece);
    return !this.#isFull;
  }

  end(): void {
    this.#enqueue(null);
  }

  /** The receiver takes pieces again. */
  resume(): void {
    this.#isHeld = false;
    this.#deliverDue();
  }

  #enqueue(piece: Buffer | null): void {
    this.#queue.push({ piece, dueAt: this.#options.timer.now() + this.#options.delayMs });
    this.#setTimer();
  }

  #setTimer(): void {
    const first = this.#queue[0];
    if (this.#isTimerSet || this.#isHeld || first === undefined) return;
    this.#isTimerSet = true;
    this.#options.timer.after(Math.max(0, first.dueAt - this.#options.timer.now()), () => {
      this.#isTimerSet = false;
      this.#deliverDue();
    });
  }

  #deliverDue(): void {
    const now = this.#options.timer.now();
    for (let first = this.#queue[0]; first && first.dueAt <= now && !this.#isHeld; first = this.#queue[0]) {
      this.#queue.shift();
      if (first.piece === null) return this.#options.onEnd();
      this.#bytes -= first.piece.length;
      this.#isHeld = !this.#options.deliver(first.piece);
    }
    if (this.#isFull && this.#bytes < this.#options.capacity / 2) {
      this.#isFull = false;
      this.#options.onRoom();
    }
    this.#setTimer();
  }
}
