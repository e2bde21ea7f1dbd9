import { expect, it } from 'vitest';
import { residentBytes } from './resident-memory.ts';

it.runIf(process.platform === 'linux')('residentBytes() is what the process says of itself', () => {
  expect(residentBytes([process.pid]) / process.memoryUsage.rss()).toBeCloseTo(1, 0);
});
