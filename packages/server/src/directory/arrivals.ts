import type { Clock } from '../domain/clock.ts';

/** Visitors who may wait at once. */
const maxWaiting = 10_000;

/**
 * Names whose agents are on their way here from a server before this one. Nobody knows which they are, so for a while
 * visitors of any name that nobody serves may wait for it.
 */
export class Arrivals {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<() => void>>();
  #count = 0;
  #cancelEnd: () => void = () => {};
  /** Somebody is expected. */
  isOpen = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on, for that long; called again, for longer. */
  expect(forMs: number): void {
    this.isOpen = true;
    this.#cancelEnd();
    this.#cancelEnd = this.#clock.after(forMs, () => {
      this.isOpen = false;
      for (const host of [...this.#waiting.keys()]) this.#wake(host);
    });
  }

  /** Resolves when the host came, or nobody is expected any more. Undefined: nobody is, or too many wait. */
  wait(host: string): Promise<void> | undefined {
    if (!this.isOpen || this.#count >= maxWaiting) return undefined;
    this.#count += 1;
    return new Promise((resolve) => {
      this.#waiting.set(host, (this.#waiting.get(host) ?? new Set()).add(resolve));
    });
  }

  /** A name is served. */
  arrived(host: string): void {
    if (this.#count === 0) return;
    // Which of those that wait it stands for is found out by those themselves.
    for (const waiting of host.startsWith('*.') ? [...this.#waiting.keys()] : [host]) this.#wake(waiting);
  }

  #wake(host: string): void {
    const waiting = this.#waiting.get(host) ?? new Set();
    this.#waiting.delete(host);
    this.#count -= waiting.size;
    for (const resolve of waiting) resolve();
  }
}
