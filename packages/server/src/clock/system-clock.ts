// The only place of the server that reads the machine's time or sets a timer. Everything else is handed a `Clock`.
import type { Clock } from '../domain/clock.ts';

/** The machine's own time. Its timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
