import type { Clock } from '../../domain/clock.ts';

/** The time as HTTP writes it (RFC 9110 §5.6.7), made anew once a second: nearly every answer has it. */
export class HttpDate {
  readonly #clock: Clock;
  #second = Number.NaN;
  #text = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** E.g. `Thu, 01 Jan 2026 00:00:00 GMT`. */
  get text(): string {
    const second = Math.floor(this.#clock.timeOfDay() / 1000);
    if (second === this.#second) return this.#text;
    this.#second = second;
    this.#text = new Date(second * 1000).toUTCString();
    return this.#text;
  }
}
