const tickMs = 5000;
const minuteMs = 60_000;

/**
 * How often something happens in a second: exponentially weighted means over 1, 5 and 15 minutes, as load averages are.
 * Needs no timer: what was missed is made up for when it is asked.
 */
export class MovingRate {
  count = 0;
  readonly #now: () => number;
  readonly #means = [1, 5, 15].map((minutes) => ({ keep: Math.exp(-tickMs / (minutes * minuteMs)), rate: 0 }));
  #uncounted = 0;
  #isFirstTick = true;
  #nextTickMs: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#nextTickMs = now() + tickMs;
  }

  mark(): void {
    this.#tick();
    this.count++;
    this.#uncounted++;
  }

  /** Per second, over the last 1, 5 and 15 minutes. */
  rates(): readonly [number, number, number] {
    this.#tick();
    const [one, five, fifteen] = this.#means;
    return [one?.rate ?? 0, five?.rate ?? 0, fifteen?.rate ?? 0];
  }

  #tick(): void {
    const missed = Math.floor((this.#now() - this.#nextTickMs) / tickMs) + 1;
    if (missed <= 0) return;
    const rate = (this.#uncounted * 1000) / tickMs;
    for (const mean of this.#means) {
      mean.rate = this.#isFirstTick ? rate : mean.rate * mean.keep + rate * (1 - mean.keep);
      mean.rate *= mean.keep ** (missed - 1);
    }
    this.#isFirstTick = false;
    this.#uncounted = 0;
    this.#nextTickMs += missed * tickMs;
  }
}
