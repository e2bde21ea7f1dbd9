import { expect, it } from 'vitest';
import { type Measurement, median, summarise } from './summary.ts';

const load = { name: 'small', path: '/', connections: 1, requests: 100 };
const run = (setup: string, setupSeconds: number): Measurement => ({
  setup,
  load: 'small',
  seconds: 2,
  requests: 100,
  bytes: 2e6,
  p50Ms: 1,
  p99Ms: 2,
  setupSeconds,
  originSeconds: 0.001,
});

it('summarise() takes medians over the rounds and compares processor time with nginx', () => {
  const runs = [run('adit', 0.03), run('nginx', 0.01), run('adit', 0.9), run('nginx', 0.01), run('adit', 0.02)];
  const { rows, table } = summarise(runs, [load]);
  expect(rows[0]).toMatchObject({ setup: 'adit', setupMicros: 300, requestsPerSecond: 50, megabytesPerSecond: 1 });
  expect(table).toContain('| adit | 50 | 1.0 | 1.00 | 2.00 | 300 | 3.00 × |');
});

it('median() of an even count is the upper middle', () => {
  expect(median([4, 1, 3, 2])).toBe(3);
});
