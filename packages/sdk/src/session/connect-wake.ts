import type { Clock } from '../clock.ts';
import { connectLimits } from '../dial/connect-limits.ts';

interface WakeOptions {
  /** Its timers stand still while the machine sleeps, on most systems. */
  readonly clock: Clock;
  /** Milliseconds since 1970: goes on while the machine sleeps. */
  timeOfDay(): number;
  onWake(): void;
}

/**
 * Tells when the machine has slept: the time of day is further on than the timers are. A clock that somebody sets forward
 * looks the same, so whoever is told should ask and not conclude. The answer stops it.
 */
export function watchWake({ clock, timeOfDay, onWake }: WakeOptions): () => void {
  const { sleepCheckMs, sleepToleranceMs } = connectLimits;
  let cancel = () => {};
  const check = () => {
    const [timerMs, dayMs] = [clock.now(), timeOfDay()];
    cancel = clock.after(sleepCheckMs, () => {
      const sleptMs = timeOfDay() - dayMs - (clock.now() - timerMs);
      check();
      if (sleptMs > sleepToleranceMs) onWake();
    });
  };
  check();
  return () => cancel();
}
