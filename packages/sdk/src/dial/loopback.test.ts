import { expect, test } from 'vitest';
import { isLocalhostName, isLoopbackHost, lookup } from './loopback.ts';

test.each([
  ['localhost', true, true],
  ['app.LOCALHOST', true, true],
  ['localhost.', true, true],
  ['127.8.9.10', false, true],
  ['::1', false, true],
  ['notlocalhost', false, false],
  ['localhost.example.com', false, false],
  ['128.0.0.1', false, false],
])('isLocalhostName() and isLoopbackHost() know %s', (host, isName, isLoopback) => {
  expect([isLocalhostName(host), isLoopbackHost(host)]).toEqual([isName, isLoopback]);
});

test('lookup() resolves names below localhost without asking anybody', () => {
  expect(resolve('amber-fox.localhost', { all: true })).toEqual([
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ]);
  expect(resolve('localhost', { all: true, family: 6 })).toEqual([{ address: '::1', family: 6 }]);
  expect(resolve('localhost', {})).toBe('127.0.0.1');
  expect(resolve('localhost', { family: 'IPv6' })).toBe('::1');
});

/** Answers only if the callback comes at once. */
function resolve(host: string, options: Parameters<typeof lookup>[1]): unknown {
  let found: unknown;
  lookup(host, options, (error, address) => {
    found = error ?? address;
  });
  return found;
}
