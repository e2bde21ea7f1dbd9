import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects the garbage of this process, at once. `minor`: of the young space only, a fraction of a millisecond. `last-resort`:
 * everything, with compiled code that was not used for long and room that is free; some 20 ms for a heap of 15 MB.
 */
export type Collector = (options: { type: 'minor' } | { type: 'major'; flavor: 'last-resort' }) => void;

let found: Collector | undefined;

/** The runtime's collector; without V8 one that does nothing. */
export function collector(): Collector {
  found ??= findCollector();
  return found;
}

/** V8 hands its collector to contexts that are made while the flag is set; ours is the only one. */
function findCollector(): Collector {
  try {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('typeof gc === "function" ? gc : null');
    setFlagsFromString('--no-expose-gc');
    return typeof collect === 'function' ? (options) => void collect(options) : () => {};
  } catch {
    // Another runtime, without V8: it has no such collector, and no need of it.
    return () => {};
  }
}
