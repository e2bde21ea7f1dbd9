import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalName } from './canonical-name.ts';

test.each([
  ['App.Example.COM.', 'app.example.com'],
  ['localhost', 'localhost'],
  ['münchen.example', 'xn--mnchen-3ya.example'],
  ['XN--MNCHEN-3YA.example', 'xn--mnchen-3ya.example'],
  ['app。example．com', 'app.example.com'],
  [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
])('canonicalName(%j) is %j', (name, expected) => {
  expect(canonicalName(name)).toBe(expected);
});

test.each(
  '|.|a..b|a.b..|-a.b|a-.b|a_b.c|a b.c|*.a.b|a%62.c|a/b.c|a?b.c|a#b.c|a@b.c|a:1|[::1]|a\\b.c|a\tb.c|a\0b.c|a／b.c|999.1.1.1.1'.split(
    '|',
  ),
)('canonicalName(%j) is undefined', (name) => {
  expect(canonicalName(name)).toBeUndefined();
});

test.each([`${'a'.repeat(64)}.b`, 'a.'.repeat(128), 'ü'.repeat(1e5)])('canonicalName() of %j is undefined', (name) => {
  expect(canonicalName(name)).toBeUndefined();
});

test('canonicalName() answers what stays as it is', () => {
  const name = fc.string({ unit: fc.constantFrom(...'aAzZ09-.。ßüÜ☃\u00ad\u200d*xn'.split('')), maxLength: 30 });
  fc.assert(
    fc.property(fc.oneof(fc.string(), name), (text) => {
      const host = canonicalName(text);
      if (host !== undefined) expect(canonicalName(host)).toBe(host);
    }),
    { numRuns: 2_000 },
  );
});
