import { expect, test } from 'vitest';
import { ReplayCache } from './replay-cache.ts';

const first = { request: {}, nowMs: 0 };
const later = (nowMs: number) => ({ request: {}, nowMs });

test('ReplayCache knows a delivery until it expires, in other requests than its own', () => {
  const cache = new ReplayCache();
  cache.add({ key: 'a', expiresAtMs: 100 }, first);
  expect(cache.has({ key: 'a', expiresAtMs: 100 }, first)).toBe(false);
  expect(cache.has({ key: 'a', expiresAtMs: 100 }, later(100))).toBe(true);
  expect(cache.has({ key: 'a', expiresAtMs: 100 }, later(101))).toBe(false);
  expect(cache.has({ key: 'b', expiresAtMs: 100 }, later(0))).toBe(false);
});

test('ReplayCache forgets what is expired, and the oldest of more than 20,000', () => {
  const cache = new ReplayCache();
  for (let n = 0; n <= 20_000; n++) cache.add({ key: `${n}`, expiresAtMs: 1_000 }, later(0));
  expect(cache.has({ key: '0', expiresAtMs: 1_000 }, later(1))).toBe(false);
  expect(cache.has({ key: '1', expiresAtMs: 1_000 }, later(1))).toBe(true);
  expect(cache.has({ key: '20000', expiresAtMs: 1_000 }, later(1))).toBe(true);
});
