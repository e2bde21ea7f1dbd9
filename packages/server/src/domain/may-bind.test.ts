import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAcl } from './credential-acl.ts';
import type { EndpointScheme } from './endpoint.ts';
import { type AskedBind, checkBind, mayBind } from './may-bind.ts';
import { thrownCode } from './thrown-code.testkit.ts';

function at(host: string, scheme: EndpointScheme = 'https', port: number | null = null): AskedBind {
  return { kind: 'address', address: { scheme, host, port, binding: 'public' } };
}
const tcp = (host: string, port: number) => at(host, 'tcp', port);
const labelled = (labels: Record<string, string>): AskedBind => ({ kind: 'labels', labels });
const randomName: AskedBind = { kind: 'random', what: 'name', domain: 'example.com' };
const randomPort: AskedBind = { kind: 'random', what: 'port', domain: 'example.com' };
const may = (rules: string[], asked: AskedBind) => mayBind(parseAcl(rules), asked);

const everything = [
  at('app.example.com'),
  at('*.app.example.com', 'tls'),
  at('db.internal', 'http', 80),
  tcp('example.com', 20_001),
  labelled({ edge: 'edghts_1' }),
  labelled({}),
  randomName,
  randomPort,
];

test.each([[[]], [['*']], [['bind:*']], [['bind:a.b', '*']]])('the rules %j allow everything', (rules) => {
  expect(everything.filter((asked) => !may(rules, asked))).toEqual([]);
});

test.each(['bind:other.example', 'bind:*.other.example', 'bind:example.com:1', 'bind:k=v'])(
  'the rule %s allows nothing else',
  (rule) => {
    expect(everything.filter((asked) => may([rule], asked))).toEqual([]);
  },
);

describe.each(['http', 'https', 'tls'] as const)('of an %s endpoint, the host', (scheme) => {
  test.each<[rule: string, allowed: string[], refused: string[]]>([
    ['bind:a.b', ['a.b'], ['x.a.b', '*.a.b', 'b', 'xa.b', 'a.b.c', '*.b', 'a']],
    ['bind:A.B.', ['a.b'], ['x.a.b']],
    ['bind:*.a.b', ['*.a.b', 'x.a.b', 'x.y.a.b', '*.x.a.b', '*.x.y.a.b'], ['a.b', '*.b', 'xa.b', 'b', 'x.b', 'a.b.c']],
    ['bind:*.A。B.', ['x.a.b'], ['a.b']],
    ['bind:x.a.b', ['x.a.b'], ['*.a.b', 'y.a.b', 'a.b']],
    ['bind:*.münchen.example', ['x.xn--mnchen-3ya.example'], ['x.muenchen.example', 'xn--mnchen-3ya.example']],
    ['bind:a.b:443', [], ['a.b']],
    ['bind:a.b=c', [], ['a.b']],
    ['bind:*=*', [], ['a.b']],
  ])('%s allows %j, not %j', (rule, allowed, refused) => {
    const ok = [...allowed, ...refused].filter((host) => may([rule], at(host, scheme)));
    expect(ok).toEqual(allowed);
  });
});

test('any of the rules is enough', () => {
  const rules = ['bind:a.b', 'bind:c.d'];
  expect([at('a.b'), at('c.d'), at('e.f')].map((asked) => may(rules, asked))).toEqual([true, true, false]);
});

test.each<[rule: string, allowed: number[], refused: number[]]>([
  ['bind:example.com:20001', [20_001], [20_000, 20_002]],
  ['bind:Example.COM.:20001', [20_001], [20_000]],
  ['bind:example.com', [20_000, 20_001], []],
  ['bind:*.com', [20_001], []],
  ['bind:*.example.com', [], [20_001]],
  ['bind:app.example.com:20001', [], [20_001]],
])('of tcp endpoints of example.com, %s allows the ports %j, not %j', (rule, allowed, refused) => {
  const ok = [...allowed, ...refused].filter((port) => may([rule], tcp('example.com', port)));
  expect(ok).toEqual(allowed);
});

test('internal names are hosts like any others', () => {
  const internal = (scheme: EndpointScheme, host: string, port: number): AskedBind => ({
    kind: 'address',
    address: { scheme, host, port, binding: 'internal' },
  });
  expect(may(['bind:db.internal'], internal('tcp', 'db.internal', 5432))).toBe(true);
  expect(may(['bind:db.internal:5432'], internal('tcp', 'db.internal', 5432))).toBe(true);
  expect(may(['bind:db.internal:5433'], internal('tcp', 'db.internal', 5432))).toBe(false);
  // A rule with a port is about a tcp address.
  expect(may(['bind:db.internal:443'], internal('https', 'db.internal', 443))).toBe(false);
  expect(may(['bind:*.internal'], internal('https', 'db.internal', 443))).toBe(true);
});

test.each<[rule: string, name: boolean, port: boolean]>([
  ['bind:*.example.com', true, false],
  ['bind:*.com', true, true],
  ['bind:*.app.example.com', false, false],
  ['bind:app.example.com', false, false],
  ['bind:example.com', false, true],
  ['bind:example.com:20001', false, false],
  ['bind:*=*', false, false],
])('%s covers a random name: %s, a random port: %s', (rule, name, port) => {
  expect([may([rule], randomName), may([rule], randomPort)]).toEqual([name, port]);
});

test.each<[rules: string[], labels: Record<string, string>, allowed: boolean]>([
  [['bind:k=v'], { k: 'v' }, true],
  [['bind:k=v'], { k: 'V' }, false],
  [['bind:k=v'], { K: 'v' }, false],
  [['bind:k=*'], { k: 'anything' }, true],
  [['bind:k=*'], { other: 'v' }, false],
  [['bind:*=v'], { other: 'v' }, true],
  [['bind:*=v'], { other: 'w' }, false],
  [['bind:*=*'], { k: 'v', l: 'w' }, true],
  // Every label needs a rule, not only one of them.
  [['bind:k=v'], { k: 'v', l: 'w' }, false],
  [['bind:k=v', 'bind:l=*'], { k: 'v', l: 'w' }, true],
  [['bind:*=*'], {}, false],
  [['bind:a.b', 'bind:*.a.b'], { 'a.b': 'a.b' }, false],
])('the rules %j on the labels %j: %s', (rules, labels, allowed) => {
  expect(may(rules, labelled(labels))).toBe(allowed);
});

test.each<[asked: AskedBind, code: number, message: string]>([
  [at('a.example.com'), 316, 'Cannot use "a.example.com": the ACL'],
  [at('*.a.example.com', 'tls'), 316, 'Cannot use "*.a.example.com": the ACL'],
  [tcp('example.com', 20_002), 308, 'Cannot use "example.com:20002": the ACL'],
  [randomName, 316, 'Cannot choose a name: the ACL'],
  [randomPort, 356, 'Cannot choose a tcp port: the ACL'],
  [labelled({ k: 'v' }), 399, 'Cannot open an endpoint with these labels: the ACL'],
])('checkBind() refuses %j with %d', (asked, code, message) => {
  const run = () => checkBind(parseAcl(['bind:app.example.com']), asked);
  expect(thrownCode(run)).toBe(code);
  expect(run).toThrow(message);
});

test('checkBind() lets pass what is allowed', () => {
  expect(() => checkBind(parseAcl(['bind:app.example.com']), at('app.example.com'))).not.toThrow();
});

test('a wildcard allows exactly what has more labels and ends with its own', () => {
  const labels = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(labels, labels, fc.boolean(), (rule, asked, isWildcard) => {
      const host = (isWildcard ? ['*', ...asked] : asked).join('.');
      const isBelow = host.split('.').length > rule.length && asked.slice(-rule.length).join() === rule.join();
      expect(may([`bind:*.${rule.join('.')}`], at(host))).toBe(isBelow);
      expect(may([`bind:${rule.join('.')}`], at(host))).toBe(host === rule.join('.'));
    }),
    { numRuns: 2_000 },
  );
});

test('whoever may have what the server would choose may have each single one of them', () => {
  const rule = fc.constantFrom(
    'bind:*.com',
    'bind:*.example.com',
    'bind:example.com',
    'bind:*.a.example.com',
    'bind:com',
  );
  fc.assert(
    fc.property(fc.array(rule, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 65_535 }), (rules, port) => {
      if (may(rules, randomName)) expect(may(rules, at('amber-otter-kqzwpa.example.com'))).toBe(true);
      if (may(rules, randomPort)) expect(may(rules, tcp('example.com', port))).toBe(true);
    }),
  );
});
