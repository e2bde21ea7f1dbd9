import { expect, test } from 'vitest';
import { turnBackOwnReferences } from './own-references.ts';

const publicOrigin = 'https://app.example.test:8443';

test.each<[string, string, string]>([
  ['localhost:3000', 'http://localhost:3000/login?next=%2F#top', `${publicOrigin}/login?next=%2F#top`],
  ['localhost:3000', 'http://localhost:3000', publicOrigin],
  ['localhost:3000', 'http://localhost:3000?a', `${publicOrigin}?a`],
  ['localhost:3000', 'HTTPS://LocalHost.:3000/', `${publicOrigin}/`],
  ['Shop.test', 'http://shop.test/', `${publicOrigin}/`],
  ['shop.test', 'https://shop.test:443/a', `${publicOrigin}/a`],
  ['shop.test:80', 'http://shop.test/a', `${publicOrigin}/a`],
  ['[::1]:3000', 'http://[::1]:3000/', `${publicOrigin}/`],
])('a service told %s means itself by %s', (hostHeader, reference, expected) => {
  const lines = ['Location', reference, 'content-location', reference];
  expect(turnBackOwnReferences(lines, { hostHeader, publicOrigin })).toEqual([
    'Location',
    expected,
    'content-location',
    expected,
  ]);
});

test.each([
  '/login',
  'login',
  '',
  '//localhost:3000/',
  'http://localhost:3001/',
  'http://localhost/',
  'http://localhost:3000.evil.test/',
  'http://evil.test/http://localhost:3000/',
  'http://user@localhost:3000/',
  'http://localhost:3000@evil.test/',
  'http:localhost:3000/',
  'ftp://localhost:3000/',
  ' http://localhost:3000/',
])('the Location %j is left alone', (reference) => {
  const rewrite = { hostHeader: 'localhost:3000', publicOrigin };
  expect(turnBackOwnReferences(['Location', reference], rewrite)).toEqual(['Location', reference]);
});

test.each(['Refresh', 'Link', 'X-Location', 'Set-Cookie', 'Access-Control-Allow-Origin'])(
  '%s is left alone',
  (name) => {
    const lines = [name, 'http://localhost:3000/'];
    expect(turnBackOwnReferences(lines, { hostHeader: 'localhost:3000', publicOrigin })).toEqual(lines);
  },
);

test('a value that reads like a name does not make its neighbour a reference', () => {
  const lines = ['X-A', 'location', 'http://localhost:3000/', 'http://localhost:3000/'];
  expect(turnBackOwnReferences(lines, { hostHeader: 'localhost:3000', publicOrigin })).toEqual(lines);
});
