import type { Clock } from '../domain/clock.ts';

const minuteMs = 60_000;

/** So many a minute, and as many at once (a token bucket). */
export class Allowance {
  readonly #perMinute: number;
  readonly #clock: Clock;
  #left: number;
  #filledAtMs: number;

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
    this.#left = perMinute;
    this.#filledAtMs = clock.now();
  }

  /** Takes one, if one is left. */
  take(): boolean {
    const nowMs = this.#clock.now();
    const earned = ((nowMs - this.#filledAtMs) * this.#perMinute) / minuteMs;
    this.#left = Math.min(this.#perMinute, this.#left + Math.max(0, earned));
    this.#filledAtMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
