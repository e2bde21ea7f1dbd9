/** Someone who holds received bytes that nobody has read, and can give some up. */
export interface Holder {
  readonly heldBytes: number;
  /** Gives up the part that costs most, at once. */
  shed(): void;
}

/**
 * One bound on received bytes that nobody has read, over all sessions of a process. Beyond it the session that holds most
 * loses a proxied stream (`HeldBytes.shed`), and the next, until the rest fits. Calls and heartbeats do not count and never pay.
 */
export class HeldBudget {
  readonly #maxBytes: number;
  readonly #holders = new Set<Holder>();
  #heldBytes = 0;

  /** @param maxBytes For all sessions that are given this budget. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that were received on proxied streams and that nobody has read, over all sessions. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** True while at most half of it is used. */
  get isEasy(): boolean {
    return this.#heldBytes * 2 <= this.#maxBytes;
  }

  /** For sessions. */
  enter(holder: Holder): void {
    this.#holders.add(holder);
  }

  /** For sessions: it holds nothing and never will. */
  leave(holder: Holder): void {
    this.#holders.delete(holder);
  }

  /** For sessions: so many bytes more are held, or less. The holder's own count already says so. */
  add(difference: number): void {
    this.#heldBytes += difference;
    if (difference <= 0) return;
    while (this.#heldBytes > this.#maxBytes) {
      const before = this.#heldBytes;
      this.#fullest()?.shed();
      if (this.#heldBytes >= before) return;
    }
  }

  #fullest(): Holder | null {
    let fullest: Holder | null = null;
    for (const holder of this.#holders) {
      if (holder.heldBytes > (fullest?.heldBytes ?? 0)) fullest = holder;
    }
    return fullest;
  }
}
