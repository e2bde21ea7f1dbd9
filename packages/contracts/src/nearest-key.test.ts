import { expect, it } from 'vitest';
import { nearestKey } from './nearest-key.ts';

const known = ['data-dir', 'domain', 'https-port', 'http-port'];

it.each([
  ['data-dri', 'data-dir'],
  ['dataDir', 'data-dir'],
  ['https_port', 'https-port'],
  ['htp-port', 'http-port'],
  ['verbose', undefined],
  ['', undefined],
])('nearestKey() answers for %j the key %j', (word, expected) => {
  expect(nearestKey(word, known)).toBe(expected);
});

it('nearestKey() stays quick on a very long word', () => {
  expect(nearestKey('x'.repeat(1_000_000), known)).toBeUndefined();
});
