import { isWildcard } from '../domain/address.ts';
import type { Clock } from '../domain/clock.ts';
import type { Arrival } from '../domain/route.ts';

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

  /** For the host to come, or for the end of the time in which it may. Undefined: nobody is expected, or too many wait. */
  wait(host: string): Arrival | undefined {
    if (!this.isOpen || this.#count >= maxWaiting) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(host, (this.#waiting.get(host) ?? new Set()).add(resolve));
    this.#count += 1;
    return { come: promise, giveUp: () => this.#leave(host, resolve) };
  }

  /** A name is served. */
  arrived(host: string): void {
    if (this.#count === 0) return;
    // Which of those that wait it stands for is found out by those themselves: they look again.
    if (!isWildcard(host)) return this.#wake(host);
    for (const waiting of [...this.#waiting.keys()]) if (waiting.endsWith(host.slice(1))) this.#wake(waiting);
  }

  #wake(host: string): void {
    for (const resolve of [...(this.#waiting.get(host) ?? [])]) {
      this.#leave(host, resolve);
      resolve();
    }
  }

  #leave(host: string, resolve: () => void): void {
    const waiting = this.#waiting.get(host);
    if (!waiting?.delete(resolve)) return;
    this.#count -= 1;
    if (waiting.size === 0) this.#waiting.delete(host);
  }
}
