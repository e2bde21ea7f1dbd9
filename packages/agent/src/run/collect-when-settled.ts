import type { Clock } from '@adit/sdk';
import { collector } from '@adit/wire';

/** A visitor who comes at once should not wait for it. */
const settledAfterMs = 2000;

/**
 * Gives back the memory that starting took and nothing needs any more: 8 of 85 MB. The runtime collects when it needs room,
 * and an agent without visitors needs none. Once; it takes 20 ms. Answers how to call it off.
 */
export function collectWhenSettled(clock: Clock, collect = collector()): () => void {
  return clock.after(settledAfterMs, () => collect({ type: 'major', flavor: 'last-resort' }));
}
