import { expect, test } from 'vitest';
import { parseTarget } from './target.ts';

const get = { method: 'GET', scheme: 'https' } as const;

test.each([
  ['/', '/'],
  ['/a/../b;c=%2e%2E%2f%5c//d?x=/../y&z=%00', '/a/../b;c=%2e%2E%2f%5c//d?x=/../y&z=%00'],
  ['//evil.test/x', '//evil.test/x'],
  ['/a{|}"<>\\^`b', '/a{|}"<>\\^`b'],
])('parseTarget(%j) keeps the bytes as they are', (text, path) => {
  expect(parseTarget(text, get)).toEqual({ path, authority: null });
});

test.each([
  ['https://app.test/x?y', { path: '/x?y', authority: 'app.test' }],
  ['HTTPS://app.test', { path: '/', authority: 'app.test' }],
  ['https://app.test?y', { path: '/?y', authority: 'app.test' }],
  ['https://u@app.test/', { path: '/', authority: 'u@app.test' }],
])('parseTarget(%j) makes origin-form of absolute-form', (text, expected) => {
  expect(parseTarget(text, get)).toEqual(expected);
});

test('parseTarget() takes the asterisk for OPTIONS only', () => {
  expect(parseTarget('*', { method: 'OPTIONS', scheme: 'https' })).toEqual({ path: '*', authority: null });
  const absolute = parseTarget('https://app.test', { method: 'OPTIONS', scheme: 'https' });
  expect(absolute).toEqual({ path: '*', authority: 'app.test' });
  expect(parseTarget('*', get)).toBeNull();
});

test.each([
  [''],
  ['a'],
  ['app.test:443'],
  ['/a#b'],
  ['/a b'],
  ['/a\tb'],
  ['/a\0b'],
  ['/a\x7f'],
  ['/\u00e9'],
  ['http://app.test/'],
  ['ftp://app.test/'],
  ['https:/app.test'],
  ['https://app.test#x'],
])('parseTarget(%j) refuses it', (text) => {
  expect(parseTarget(text, get)).toBeNull();
});
