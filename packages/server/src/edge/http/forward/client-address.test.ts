import type { ConnectFacts } from '@adit/policy-kit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { directClient, proxiedClient } from './client-address.ts';

const trusted = { has: (ip: string) => ip.startsWith('10.') || ip.startsWith('2001:db8:aa:') };
const peer: ConnectFacts = {
  clientIp: '10.0.0.1',
  clientPort: 4711,
  serverIp: '192.0.2.1',
  serverPort: 443,
  serverName: 'a.test',
};
const forwardedFor = (...values: string[]): string[] => values.flatMap((value) => ['X-Forwarded-For', value]);

test.each<[string, string[], string, string[]]>([
  ['no list', [], '10.0.0.1:4711', []],
  ['one visitor', forwardedFor('192.0.2.7'), '192.0.2.7:0', ['192.0.2.7']],
  ['a visitor who claims more', forwardedFor('10.6.6.6, 6.6.6.6, 192.0.2.7'), '192.0.2.7:0', ['192.0.2.7']],
  ['a second proxy', forwardedFor('6.6.6.6,192.0.2.7,10.0.0.2'), '192.0.2.7:0', ['192.0.2.7', '10.0.0.2']],
  ['several lines', forwardedFor('6.6.6.6', '192.0.2.7', '10.0.0.2'), '192.0.2.7:0', ['192.0.2.7', '10.0.0.2']],
  ['only trusted addresses', forwardedFor('10.0.0.3, 10.0.0.2'), '10.0.0.3:0', ['10.0.0.3', '10.0.0.2']],
  ['a port', forwardedFor('192.0.2.7:8080'), '192.0.2.7:8080', ['192.0.2.7']],
  ['IPv6', forwardedFor('2001:DB8:0::7'), '2001:db8::7:0', ['2001:db8::7']],
  ['IPv6 in brackets with a port', forwardedFor('[2001:db8::7]:99'), '2001:db8::7:99', ['2001:db8::7']],
  ['IPv6 in brackets', forwardedFor('[2001:db8::7]'), '2001:db8::7:0', ['2001:db8::7']],
  ['an IPv4-mapped address', forwardedFor('::ffff:192.0.2.7'), '192.0.2.7:0', ['192.0.2.7']],
  [
    'a trusted address that is written otherwise',
    forwardedFor('192.0.2.7, 2001:DB8:AA:0::1'),
    '192.0.2.7:0',
    ['192.0.2.7', '2001:db8:aa::1'],
  ],
  ['white space', forwardedFor(' 192.0.2.7\t, 10.0.0.2 '), '192.0.2.7:0', ['192.0.2.7', '10.0.0.2']],
  ['no address', forwardedFor('unknown'), '10.0.0.1:4711', []],
  ['an empty line', forwardedFor(''), '10.0.0.1:4711', []],
  // A proxy that has no address for its visitor writes nothing: what stands before is that visitor's own claim.
  ['a claim before an empty entry', forwardedFor('6.6.6.6, '), '10.0.0.1:4711', []],
  ['a claim before a hop without address', forwardedFor('6.6.6.6, _hidden, 10.0.0.2'), '10.0.0.2:0', ['10.0.0.2']],
  ['an alias of the header', ['X_Forwarded_For', '192.0.2.7', 'X-Forwarded.For', '192.0.2.7'], '10.0.0.1:4711', []],
  ['any case', ['x-forwarded-FOR', '192.0.2.7'], '192.0.2.7:0', ['192.0.2.7']],
])('proxiedClient() finds the visitor: %s', (_, headers, visitor, before) => {
  const { facts, path, peerIp } = proxiedClient(peer, headers, trusted);
  expect(`${facts.clientIp}:${facts.clientPort}`).toBe(visitor);
  expect(facts.serverName).toBe('a.test');
  expect(path).toEqual([...before, '10.0.0.1']);
  expect(peerIp).toBe('10.0.0.1');
});

test.each([
  '192.0.2.07',
  '192.0.2.256',
  '192.0.2',
  '0x7f.0.0.1',
  '2130706433',
  '192.0.2.7:',
  '192.0.2.7:65536',
  '192.0.2.7:123456',
  '192.0.2.7:-1',
  '192.0.2.7 x',
  '[192.0.2.7',
  '[]',
  '[::1',
  '::1]:80',
  '[2001:db8::7]x',
  'fe80::1%eth0',
  '"192.0.2.7"',
  'a.test',
])('proxiedClient() does not take %j for an address', (entry) => {
  expect(proxiedClient(peer, forwardedFor(`6.6.6.6, ${entry}`), trusted).facts).toBe(peer);
});

test('proxiedClient() keeps the scheme and host of the proxy when each came once and well-formed', () => {
  const read = (...lines: string[]) => {
    const { proto, host } = proxiedClient(peer, lines, trusted);
    return [proto, host];
  };
  expect(read('X-Forwarded-Proto', 'HTTPS', 'X-Forwarded-Host', 'www.test:8443')).toEqual(['https', 'www.test:8443']);
  expect(read('X-Forwarded-Proto', 'https, http', 'X-Forwarded-Host', 'a.test, b.test')).toEqual([null, null]);
  expect(read('X-Forwarded-Proto', 'http', 'x-forwarded-proto', 'http')).toEqual([null, null]);
  expect(read('X-Forwarded-Host', 'a.test', 'X-Forwarded-Host', 'a.test', 'X-Forwarded-Host', 'b')).toEqual([
    null,
    null,
  ]);
  expect(read('X-Forwarded-Proto', 'wss', 'X-Forwarded-Host', 'user@a.test')).toEqual([null, null]);
});

test('proxiedClient() looks at Forwarded only where there is no X-Forwarded-For, and never for the address', () => {
  const line = ['Forwarded', 'for=192.0.2.9'];
  expect(proxiedClient(peer, line, trusted)).toMatchObject({ forwarded: 'for=192.0.2.9', facts: peer });
  const both = proxiedClient(peer, [...line, ...forwardedFor('192.0.2.7')], trusted);
  expect(both).toMatchObject({ forwarded: null, facts: { clientIp: '192.0.2.7' } });
  expect(proxiedClient(peer, [...line, 'Forwarded', 'for="'], trusted).forwarded).toBeNull();
});

test('proxiedClient() walks over 32 hops at most', () => {
  let asked = 0;
  const everybody = { has: () => ++asked > 0 };
  const list = Array.from({ length: 5_000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
  const { facts, path } = proxiedClient(peer, forwardedFor(list.join(',')), everybody);
  expect(facts.clientIp).toBe(list[5_000 - 32]);
  expect(path).toHaveLength(33);
  expect(asked).toBe(32);
});

test('directClient() believes nothing', () => {
  expect(directClient(peer)).toEqual({
    facts: peer,
    peerIp: '10.0.0.1',
    path: ['10.0.0.1'],
    proto: null,
    host: null,
    forwarded: null,
  });
});

test('proxiedClient() answers to any list with the peer or with what a trusted hop wrote', () => {
  const entry = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom('10.0.0.2', '', ' ', 'unknown', ',', '[', ']:1'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
      const { facts, path } = proxiedClient(peer, forwardedFor(entries.join(',')), trusted);
      expect(path.at(-1)).toBe(peer.clientIp);
      expect(path[0]).toBe(facts.clientIp);
      // Everybody behind the visitor is trusted: nobody else can have vouched for him.
      for (const hop of path.slice(1)) expect(trusted.has(hop)).toBe(true);
    }),
  );
});
