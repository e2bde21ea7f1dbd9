// The only place of the SDK that reads the machine's time or sets a timer. Everything else is handed a `Clock`.
import type { MuxTimer } from '@adit/wire';

/** Time, injected. The same shape as the multiplexer's. */
export type Clock = MuxTimer;

/** The machine's own time. Its timers keep the process alive: a program that waits to reconnect has no socket that does. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
