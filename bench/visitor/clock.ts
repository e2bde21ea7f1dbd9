/** Time for the visitor, so that tests need none. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Resolves at that moment, at once if it is past. */
  until(moment: number): Promise<void>;
}

/** Milliseconds that a timer may be late; the rest of a wait is spent looking at the clock. */
const timerLatenessMs = 1.5;

export const realClock: Clock = {
  now: () => performance.now(),
  async until(moment) {
    const wait = moment - performance.now() - timerLatenessMs;
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    while (performance.now() < moment) await new Promise((resolve) => setImmediate(resolve));
  },
};
