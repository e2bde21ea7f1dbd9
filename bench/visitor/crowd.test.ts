import { expect, it } from 'vitest';
import { addressOf, openMany } from './crowd.ts';

it.each([
  [0, '127.0.1.1'],
  [199, '127.0.1.1'],
  [200, '127.0.1.2'],
  [49_999, '127.0.1.250'],
  [50_000, '127.0.2.1'],
])('addressOf() visitor %d is %s', (visitor, address) => {
  expect(addressOf(visitor)).toBe(address);
});

it('openMany() opens each once, and no more than 50 at a time', async () => {
  let [open, most] = [0, 0];
  const opened = await openMany(120, async (number) => {
    most = Math.max(most, ++open);
    await Promise.resolve();
    open--;
    return number;
  });
  expect(most).toBe(50);
  expect(opened.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, index) => index));
});
