import type { Clock } from './clock.ts';

export interface HandClock extends Clock {
  /** Moves time on and calls what falls due, in order of its time. */
  advance(byMs: number): void;
}

/** A clock that stands at 2026-01-01T00:00:00Z until a test moves it. */
export function handClock(): HandClock {
  let nowMs = Date.UTC(2026, 0, 1);
  let timers: { dueMs: number; callback: () => void }[] = [];
  return {
    now: () => nowMs,
    after(delayMs, callback) {
      const timer = { dueMs: nowMs + delayMs, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(byMs) {
      const untilMs = nowMs + byMs;
      for (;;) {
        const [next] = timers.filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs);
        if (!next) break;
        timers = timers.filter((other) => other !== next);
        nowMs = next.dueMs;
        next.callback();
      }
      nowMs = untilMs;
    },
  };
}
