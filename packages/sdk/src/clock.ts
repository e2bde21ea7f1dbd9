// The only place of the SDK that reads the machine's time or sets a timer. Everything else is handed a `Clock`.
import type { MuxTimer } from '@adit/wire';

/** Time, injected. The same shape as the multiplexer's. */
export type Clock = MuxTimer;

/** Milliseconds since 1970, as the machine believes; it may be set. */
export const timeOfDay = (): number => Date.now();

/** For what only measures: its time is from some start on, and nobody sets it. Timers as those of `systemClock`. */
export const monotonicClock: Clock = {
  now: () => performance.now(),
  after: (delayMs, callback) => systemClock.after(delayMs, callback),
};

/** The machine's own time. Its timers keep the process alive: a program that waits to reconnect has no socket that does. */
export const systemClock: Clock = {
  now: timeOfDay,
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
