import type { Pace } from '../job.ts';
import { type Clock, realClock } from './clock.ts';
import type { NextStart } from './run-lanes.ts';

/** The rule by which so many lanes start their exchanges, from now on. */
export function startsOf(pace: Pace, lanes: number, clock: Clock = realClock): NextStart {
  if (pace.kind === 'steady') return atRate(pace, clock);
  return pace.kind === 'once' ? upTo(lanes, clock) : during(pace.seconds, clock);
}

function upTo(exchanges: number, clock: Clock): NextStart {
  let left = exchanges;
  return () => (left-- > 0 ? clock.now() : undefined);
}

function during(seconds: number, clock: Clock): NextStart {
  const end = clock.now() + seconds * 1000;
  return () => {
    const now = clock.now();
    return now < end ? now : undefined;
  };
}

/**
 * One start every 1/`perSecond` s whatever became of those before. Latency counts from the moment an exchange was due, so
 * a setup that stalls is charged for everything that had to wait (no "coordinated omission").
 */
function atRate({ perSecond, seconds }: { perSecond: number; seconds: number }, clock: Clock): NextStart {
  const begin = clock.now();
  let started = 0;
  return () => {
    if (started >= perSecond * seconds) return undefined;
    const due = begin + (started++ * 1000) / perSecond;
    return clock.until(due).then(() => due);
  };
}
