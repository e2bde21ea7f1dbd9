import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from './system-clock.ts';

afterEach(() => void vi.restoreAllMocks());

const hourMs = 3_600_000;

test.each([
  ['forward', hourMs],
  ['back', -hourMs],
])('now() does not move when the time of day is set %s; timeOfDay() does', (_way, byMs) => {
  const [before, timeBefore] = [systemClock.now(), systemClock.timeOfDay()];
  const { now } = Date;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + byMs);
  expect(Math.abs(systemClock.now() - before)).toBeLessThan(hourMs / 2);
  expect(Math.abs(systemClock.timeOfDay() - timeBefore - byMs)).toBeLessThan(hourMs / 2);
});

test('now() goes on with the real time, in whole milliseconds', async () => {
  const before = systemClock.now();
  await new Promise<void>((resolve) => systemClock.after(2, resolve));
  expect(systemClock.now()).toBeGreaterThan(before);
  expect(Number.isInteger(systemClock.now())).toBe(true);
});
