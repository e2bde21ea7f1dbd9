import { expect, test } from 'vitest';
import { candidatesFor, namesOf, type ReservedName, wantedLiveName, wantedNames } from './wanted-names.ts';

const domain = 'example.com';
const reserved = (host: string, more: Partial<ReservedName> = {}): ReservedName => ({ host, isGiven: false, ...more });

test.each<[string, boolean, ReservedName[], string[]]>([
  ['its own three names', false, [], [domain, 'connect.example.com', 'api.example.com']],
  ['one wildcard, where it can be proved', true, [], ['*.example.com']],
  [
    'reserved names, but not those that were given a certificate',
    false,
    [reserved('a.example.com'), reserved('shop.org'), reserved('b.org', { isGiven: true })],
    [domain, 'connect.example.com', 'api.example.com', 'a.example.com', 'shop.org'],
  ],
  [
    'no reserved wildcard, which cannot be proved',
    false,
    [reserved('*.shop.org')],
    [domain, 'connect.example.com', 'api.example.com'],
  ],
  [
    'nothing twice that a wildcard serves, and what is deeper',
    true,
    [
      reserved('a.example.com'),
      reserved('b.a.example.com'),
      reserved('x.shop.org'),
      reserved('shop.org'),
      reserved('*.shop.org'),
    ],
    ['*.example.com', '*.shop.org', 'b.a.example.com'],
  ],
])('a server wants %s', (_, hasDns, names, wanted) => {
  expect([...wantedNames({ domain, hasDns }, names).keys()]).toEqual(wanted);
});

test('a reserved name says what key it wants, and is counted for its own domain', () => {
  const names = [reserved('www.shop.org', { keyType: 'rsa' }), reserved('x.example.com')];
  const wanted = wantedNames({ domain, hasDns: false }, names);
  expect(wanted.get('www.shop.org')).toMatchObject({ origin: 'reserved', keyType: 'rsa', countedFor: 'shop.org' });
  expect(wanted.get('x.example.com')).toMatchObject({ countedFor: domain, keyType: 'ecdsa' });
  expect(wanted.get(domain)).toMatchObject({ origin: 'console', countedFor: domain });
});

test.each<[string, boolean, string | undefined]>([
  ['web.example.com', false, domain],
  ['web.example.com', true, undefined],
  ['a.web.example.com', true, domain],
  ['api.example.com', false, undefined],
  ['single', false, undefined],
])('%s, online, with wildcards %s, is counted for %s', (host, hasDns, countedFor) => {
  const wanted = wantedNames({ domain, hasDns }, []);
  expect(wantedLiveName(host, { domain, wanted })?.countedFor).toBe(countedFor);
});

test('a wildcard is ordered with the name it is below, and serves it', () => {
  expect([namesOf('a.org'), namesOf('*.a.org')]).toEqual([['a.org'], ['a.org', '*.a.org']]);
  expect(candidatesFor('b.a.org')).toEqual(['b.a.org', '*.a.org', '*.b.a.org']);
});
