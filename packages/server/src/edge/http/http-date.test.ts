import { expect, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import { HttpDate } from './http-date.ts';

test('text is the time of the second, and follows the clock in both directions', () => {
  const clock = fakeClock(Date.UTC(2026, 0, 1, 0, 0, 0, 999));
  const date = new HttpDate(clock);
  expect(date.text).toBe('Thu, 01 Jan 2026 00:00:00 GMT');
  clock.advance(1);
  expect(date.text).toBe('Thu, 01 Jan 2026 00:00:01 GMT');
});
