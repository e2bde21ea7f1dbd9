import type { Size } from '../job.ts';
import { type Clock, realClock } from './clock.ts';
import type { Lane } from './lane.ts';

/** What the lanes did, until it is summarised. */
export interface Tally {
  /** Milliseconds of each exchange, in the order they ended. */
  readonly latencies: number[];
  bytes: number;
}

/** Asked before each exchange: when its latency begins to count; undefined: no more exchanges. */
export type NextStart = () => Promise<number> | number | undefined;

/** Keeps every lane busy until `nextStart` says it is enough. */
export async function runLanes(
  lanes: readonly Lane[],
  size: Size,
  nextStart: NextStart,
  clock: Clock = realClock,
): Promise<Tally> {
  const tally: Tally = { latencies: [], bytes: 0 };
  await Promise.all(
    lanes.map(async (lane) => {
      for (let start = nextStart(); start !== undefined; start = nextStart()) {
        const startedAt = await start;
        const bytes = await lane.exchange(size);
        tally.bytes += bytes;
        tally.latencies.push(clock.now() - startedAt);
      }
    }),
  );
  return tally;
}
