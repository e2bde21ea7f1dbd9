import { PerformanceObserver } from 'node:perf_hooks';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { YoungMemory, youngMemory } from './young-memory.ts';

const mebibyte = 1024 * 1024;

test('note() collects once for each 16 MiB, however they come', () => {
  let collected = 0;
  const memory = new YoungMemory(() => collected++);
  for (let i = 0; i < 31; i++) memory.note(mebibyte);
  expect(collected).toBe(1);
  memory.note(mebibyte);
  expect(collected).toBe(2);
  memory.note(100 * mebibyte);
  expect(collected).toBe(3);
});

test('the memory of the process is collected by the runtime, which shows its collector to nobody else', async () => {
  const seen = Promise.withResolvers<void>();
  const observer = new PerformanceObserver(() => seen.resolve());
  observer.observe({ entryTypes: ['gc'] });
  youngMemory.note(16 * mebibyte);
  await seen.promise;
  observer.disconnect();
  expect(runInNewContext('typeof gc')).toBe('undefined');
});
