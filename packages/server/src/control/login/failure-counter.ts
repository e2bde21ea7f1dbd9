import type { Clock } from '../../domain/clock.ts';
import type { LoginLimits } from './login-limits.ts';

interface Failures {
  readonly count: number;
  readonly lastMs: number;
}

type Limits = Pick<LoginLimits, 'freeFailures' | 'firstWaitMs' | 'forgetAfterMs' | 'maxCounted'> & {
  readonly maxWaitMs: number;
};

/** Counts failures of each key, and tells how long it has to wait after the last one: longer each time. */
export class FailureCounter {
  readonly #clock: Clock;
  readonly #limits: Limits;
  /** In the order of their last failure. */
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#failures.size;
  }

  /** Milliseconds; 0: it need not wait. */
  waitOf(key: string): number {
    const { count, lastMs } = this.#known(key);
    const { freeFailures, firstWaitMs, maxWaitMs } = this.#limits;
    if (count <= freeFailures) return 0;
    const waitMs = Math.min(firstWaitMs * 2 ** (count - freeFailures - 1), maxWaitMs);
    return Math.max(0, lastMs + waitMs - this.#clock.now());
  }

  add(key: string): void {
    const { count } = this.#known(key);
    // Deleted first, so that the Map's order is that of the last failure.
    this.#failures.delete(key);
    this.#failures.set(key, { count: count + 1, lastMs: this.#clock.now() });
    this.#forget();
  }

  /** One that was counted did not fail after all. */
  takeBack(key: string): void {
    const { count, lastMs } = this.#known(key);
    if (count > 1) this.#failures.set(key, { count: count - 1, lastMs });
    else this.#failures.delete(key);
  }

  clear(key: string): void {
    this.#failures.delete(key);
  }

  #known(key: string): Failures {
    const known = this.#failures.get(key);
    return known && !this.#isOld(known) ? known : { count: 0, lastMs: 0 };
  }

  #forget(): void {
    for (const [key, failures] of this.#failures) {
      if (!this.#isOld(failures) && this.#failures.size <= this.#limits.maxCounted) return;
      this.#failures.delete(key);
    }
  }

  #isOld({ lastMs }: Failures): boolean {
    return lastMs <= this.#clock.now() - this.#limits.forgetAfterMs;
  }
}
