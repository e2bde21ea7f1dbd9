import { processTree } from './process-tree.ts';

/** Linux counts in ticks of 1/100 s (USER_HZ), so a measured run should take a second at least. */
const ticksPerSecond = 100;

/** Processor seconds (user + system) that these processes and all their descendants have used so far. */
export function processorSeconds(roots: readonly number[]): number {
  return processTree(roots).reduce((sum, { ticks }) => sum + ticks, 0) / ticksPerSecond;
}
