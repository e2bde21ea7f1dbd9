import { writeTimestamp } from '../write-value.ts';

/** `time`. */
export class TimeView {
  readonly #nowMs: number;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  get now(): string {
    return writeTimestamp(new Date(this.#nowMs));
  }
}
