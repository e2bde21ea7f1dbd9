import { expect, test } from 'vitest';
import { type IdKind, idPrefixes, isId, newId } from './id.ts';

const kinds = Object.keys(idPrefixes) as IdKind[];
// Ids of one process never go back in time: every test stays behind the one before it.
let nowMs = Date.UTC(2026, 0, 1);

test.each(kinds)('newId(%j) has the prefix of its kind and 27 letters or digits, and isId() knows it', (kind) => {
  const id = newId(kind, nowMs);
  expect(id).toMatch(new RegExp(`^${idPrefixes[kind]}_[0-9A-Za-z]{27}$`));
  expect(kinds.filter((other) => isId(other, id))).toEqual([kind]);
});

test('every kind has a prefix of its own', () => {
  expect(new Set(Object.values(idPrefixes)).size).toBe(kinds.length);
});

test.each([
  '',
  'ep_',
  'ep',
  'ep_0123',
  `ep_${'0'.repeat(26)}`,
  `ep_${'0'.repeat(28)}`,
  `EP_${'0'.repeat(27)}`,
  `ep_${'0'.repeat(26)}-`,
  `ep_${'0'.repeat(27)}\n`,
  ` ep_${'0'.repeat(27)}`,
])('isId() refuses %j', (text) => {
  expect(isId('endpoint', text)).toBe(false);
});

test('ids sort by age: across milliseconds, within one, and when the clock goes back', () => {
  const ids: string[] = [];
  for (const step of [1, 0, 0, 1_000, -5_000, 0, 86_400_000]) {
    nowMs += step;
    ids.push(newId('endpoint', nowMs));
  }
  expect(ids).toEqual(ids.toSorted());
});

test('100,000 ids of one millisecond are unique and keep their order', () => {
  nowMs += 86_400_000;
  const ids = Array.from({ length: 100_000 }, () => newId('request', nowMs));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(ids.toSorted());
});
