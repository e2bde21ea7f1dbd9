import { createHash } from 'node:crypto';

/** Buckets that are kept for one limit; those used longest ago are forgotten first. */
const maxBuckets = 100_000;

/** Longer names of buckets are replaced by their digest: visitors have a say in what is kept. */
const maxName = 128;

export interface Limit {
  /** Requests. */
  readonly capacity: number;
  /** In so long, milliseconds. */
  readonly rateMs: number;
}

interface Bucket {
  /** Of the window that `startMs` begins, and of the one before it. */
  current: number;
  previous: number;
  startMs: number;
}

/**
 * Counts by key in a window that slides: of the window before, as much counts as of it lies within the last `rateMs`. Two
 * numbers for each key, however many requests there are.
 */
export class SlidingWindows {
  readonly #buckets = new Map<string, Bucket>();

  /**
   * Takes one, if there is one left. Answers how many milliseconds it takes until there is, 0: it was taken.
   *
   * @param options.isDry True: says so, and takes none.
   */
  take(key: string, { capacity, rateMs }: Limit, { nowMs, isDry }: { nowMs: number; isDry: boolean }): number {
    const bucket = this.#bucketAt(key, rateMs, nowMs);
    const isIn = nowMs - bucket.startMs;
    const counted = bucket.current + bucket.previous * (1 - isIn / rateMs);
    if (counted + 1 > capacity) return waitMs(bucket, { capacity, rateMs }, isIn);
    if (isDry) return 0;
    bucket.current++;
    this.#keep(key, bucket);
    return 0;
  }

  #bucketAt(key: string, rateMs: number, nowMs: number): Bucket {
    const startMs = nowMs - (nowMs % rateMs);
    const known = this.#buckets.get(key);
    if (!known) return { current: 0, previous: 0, startMs };
    if (known.startMs === startMs) return known;
    const previous = known.startMs === startMs - rateMs ? known.current : 0;
    return { current: 0, previous, startMs };
  }

  #keep(key: string, bucket: Bucket): void {
    // Behind all others: the first in the map is the one used longest ago.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size <= maxBuckets) return;
    for (const oldest of this.#buckets.keys()) return void this.#buckets.delete(oldest);
  }
}

/** What the bucket of these values is called. */
export function bucketOf(values: readonly string[]): string {
  const name = JSON.stringify(values);
  return name.length <= maxName ? name : createHash('sha256').update(name).digest('base64');
}

/** Until enough of what was counted has slid out of the window. */
function waitMs({ current, previous }: Bucket, { capacity, rateMs }: Limit, isIn: number): number {
  const room = capacity - 1;
  // Within this window only what is left of the one before goes.
  if (current <= room) return Math.max(1, Math.ceil(rateMs * (1 - (room - current) / previous) - isIn));
  return Math.max(1, Math.ceil(rateMs - isIn + rateMs * (1 - room / current)));
}
