import { processTree } from './process-tree.ts';

const pageBytes = 4096;

/** Bytes in memory (RSS) of these processes and their descendants; pages that several share count for each. */
export function residentBytes(roots: readonly number[]): number {
  return processTree(roots).reduce((sum, { pages }) => sum + pages, 0) * pageBytes;
}
