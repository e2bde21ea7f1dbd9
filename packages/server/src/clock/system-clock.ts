// The only place of the server that reads the machine's time or sets a timer. Everything else is handed a `Clock`.
import type { Clock } from '../domain/clock.ts';

/** So that `now()` looks like a time of day to those who print it. */
const { timeOrigin } = performance;

/** The machine's own time. Its timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => Math.round(timeOrigin + performance.now()),
  timeOfDay: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
