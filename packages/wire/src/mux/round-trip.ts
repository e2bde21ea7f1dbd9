import type { MuxTimer } from './profiles.ts';

/** Measured one after the other when the session starts: the first meets processes that are still busy starting. */
const firstMeasures = 4;
/** Between two later ones, at least. */
const pauseMs = 1_000;

/**
 * How long the way to the peer and back takes, by PING frames: measured when the session starts, and now and then when
 * streams are opened or bulk flows. The least of all measures counts, as each one may have waited behind payload or for
 * a busy process.
 */
export class RoundTrip {
  readonly #timer: MuxTimer;
  readonly #send: (number: number) => void;
  #leastMs = Number.POSITIVE_INFINITY;
  #number = 0;
  #sentAtMs = 0;
  #isUnderWay = false;

  /** @param send Sends a PING with that number. */
  constructor(timer: MuxTimer, send: (number: number) => void) {
    this.#timer = timer;
    this.#send = send;
  }

  /** Milliseconds; infinite before the first answer. */
  get leastMs(): number {
    return this.#leastMs;
  }

  /** Measures, unless that was done lately or is under way. */
  measure(): void {
    if (this.#isUnderWay) return;
    const nowMs = this.#timer.now();
    if (this.#number === 0 || nowMs - this.#sentAtMs >= pauseMs) this.#start(nowMs);
  }

  /** An answer came. One that nobody waits for says nothing. */
  note(number: number): void {
    if (!this.#isUnderWay || number !== this.#number) return;
    this.#isUnderWay = false;
    const nowMs = this.#timer.now();
    const elapsedMs = nowMs - this.#sentAtMs;
    // Negative: the clock was set back meanwhile.
    if (elapsedMs >= 0 && elapsedMs < this.#leastMs) this.#leastMs = elapsedMs;
    if (number < firstMeasures) this.#start(nowMs);
  }

  #start(nowMs: number): void {
    this.#isUnderWay = true;
    this.#sentAtMs = nowMs;
    this.#number = (this.#number + 1) >>> 0;
    this.#send(this.#number);
  }
}
