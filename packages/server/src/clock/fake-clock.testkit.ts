import type { Clock } from '../domain/clock.ts';

/** A clock that moves only when a test says so. */
export interface FakeClock extends Clock {
  /** Moves time on, calling what falls due in order of its time, each at its own moment. */
  advance(byMs: number): void;
  /** Somebody sets the machine's time of day. */
  correct(byMs: number): void;
  /** Timers that were neither cancelled nor called. A leak shows here. */
  readonly pendingTimers: number;
}

/** @param startMs Milliseconds since 1970. Default: 2026-01-01T00:00:00Z. */
export function fakeClock(startMs: number = Date.UTC(2026, 0, 1)): FakeClock {
  const timers = new Set<{ dueMs: number; callback: () => void }>();
  let nowMs = startMs;
  let correctedByMs = 0;

  /** Of timers due at the same moment the one set first, because a Set keeps its order. */
  function nextDue(untilMs: number) {
    let next: { dueMs: number; callback: () => void } | undefined;
    for (const timer of timers) if (timer.dueMs <= untilMs && (!next || timer.dueMs < next.dueMs)) next = timer;
    return next;
  }

  return {
    now: () => nowMs,
    timeOfDay: () => nowMs + correctedByMs,
    correct(byMs) {
      correctedByMs += byMs;
    },
    after(delayMs, callback) {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(byMs) {
      const untilMs = nowMs + byMs;
      for (let timer = nextDue(untilMs); timer; timer = nextDue(untilMs)) {
        timers.delete(timer);
        nowMs = timer.dueMs;
        timer.callback();
      }
      nowMs = untilMs;
    },
    get pendingTimers() {
      return timers.size;
    },
  };
}
