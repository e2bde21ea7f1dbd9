import { expect, test } from 'vitest';
import { ConnectionQuota } from './connection-quota.ts';

const quota = (max: number, maxPerClient: number) => new ConnectionQuota({ max, maxPerClient });

test('enter() refuses a client over its share and lets others in', () => {
  const places = quota(10, 2);
  const leave = places.enter('203.0.113.9');
  places.enter('203.0.113.9');
  expect(places.enter('203.0.113.9')).toBeUndefined();
  expect(places.enter('203.0.113.10')).toBeDefined();
  leave?.();
  expect(places.enter('203.0.113.9')).toBeDefined();
});

test('enter() refuses everybody when all places are taken', () => {
  const places = quota(2, 2);
  places.enter('203.0.113.9');
  places.enter('127.0.0.1');
  expect(places.enter('203.0.113.10')).toBeUndefined();
  expect(places.enter('127.0.0.1')).toBeUndefined();
});

test('enter() lets a client in over the share who is exempt, within the total', () => {
  const places = new ConnectionQuota({ max: 2, maxPerClient: 1, isExempt: (ip) => ip === '203.0.113.9' });
  places.enter('203.0.113.9');
  expect(places.enter('203.0.113.9')).toBeDefined();
  expect(places.enter('203.0.113.9')).toBeUndefined();
});

test('a place is given back once, however often it is left', () => {
  const places = quota(10, 2);
  const leave = places.enter('203.0.113.9');
  places.enter('203.0.113.9');
  leave?.();
  leave?.();
  expect(places.size).toBe(1);
});

test.each([
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', false],
  ['2001:db8::1', '2001:db8:0:0:5::', false],
  ['::2', '::3', false],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', true],
  ['2001:db8::1', '2001:db8:0:1::1', true],
  ['127.0.0.1', '127.0.0.1', true],
  ['::1', '::1', true],
])('enter() after %s lets %s in over the share: %j', (first, second, isLetIn) => {
  const places = quota(10, 1);
  places.enter(first);
  expect(places.enter(second) !== undefined).toBe(isLetIn);
});
