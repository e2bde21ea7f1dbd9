import type { MuxTimer } from './profiles.ts';

/** Time that a test moves by hand. */
export class HandTimer implements MuxTimer {
  #now = 0;
  readonly #waiting = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const entry = { at: this.#now + delayMs, callback };
    this.#waiting.add(entry);
    return () => this.#waiting.delete(entry);
  }

  /** How many callbacks wait. */
  get size(): number {
    return this.#waiting.size;
  }

  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = [...this.#waiting].filter((entry) => entry.at <= end).sort((one, other) => one.at - other.at)[0];
      if (due === undefined) break;
      this.#waiting.delete(due);
      this.#now = due.at;
      due.callback();
    }
    this.#now = end;
  }
}
