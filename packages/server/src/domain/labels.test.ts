import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostOfLabels, labelProblem } from './labels.ts';

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));

describe('labelProblem()', () => {
  test.each<[what: string, labels: Record<string, unknown>]>([
    ['one', { edge: 'edghts_2abc' }],
    ['as many as there may be', many(16)],
    ['as long as they may be', { ['k'.repeat(128)]: 'ä'.repeat(64) }],
    ['letters of any script, and signs', { 'größe/店': '1.2:3,{"x"}' }],
    ['names of what every object has', { constructor: 'a', toString: 'b', hasOwnProperty: 'c' }],
    ['digits in place of a key', { 7: '8' }],
  ])('finds nothing wrong with %s', (_what, labels) => {
    expect(labelProblem(labels)).toBeNull();
  });

  test.each<[what: string, labels: Record<string, unknown>, problem: RegExp]>([
    ['none', {}, /none/],
    ['too many', many(17), /more than 16/],
    ['a number', { a: 1 }, /"a" is not a label/],
    ['a boolean', { a: true }, /"a"/],
    ['null', { a: null }, /"a"/],
    ['a list', { a: ['b'] }, /"a"/],
    ['an object', { a: { b: 'c' } }, /"a"/],
    ['no key', { '': 'v' }, /""/],
    ['no value', { a: '' }, /"a"/],
    ['a bad one behind good ones', { a: 'b', c: 'd', e: '' }, /"e"/],
    ['a key that is too long', { ['k'.repeat(129)]: 'v' }, /"k{100}"/],
    ['a value that is too long in UTF-8', { a: 'ä'.repeat(65) }, /"a"/],
    ['a space', { a: 'b c' }, /"a"/],
    ['a line break', { 'a\nb': 'c' }, /"a\\nb"/],
    ['a sign that turns the reading direction', { a: 'b\u202ec' }, /"a"/],
    ['a space without width', { a: 'b\u200bc' }, /"a"/],
    ['NUL', { a: '\0' }, /"a"/],
    ['half a surrogate pair', { a: '\ud800' }, /"a"/],
    ['what an ACL writes between key and value', { 'a=b': 'c' }, /"a=b"/],
    ['what an ACL writes for any', { a: '*' }, /"a"/],
    ['a key that readers of JSON drop', JSON.parse('{"a":"b","__proto__":"c"}'), /"__proto__"/],
  ])('refuses %s', (_what, labels, problem) => {
    expect(labelProblem(labels)).toMatch(problem);
  });
});

describe('hostOfLabels()', () => {
  test('is the same in whatever order they come', () => {
    expect(hostOfLabels({ a: '1', b: '2', 3: '4' })).toBe(hostOfLabels({ b: '2', 3: '4', a: '1' }));
  });

  test.each<[Record<string, string>, Record<string, string>]>([
    [{ a: 'b' }, { b: 'a' }],
    [{ a: 'b' }, { a: 'b', c: 'd' }],
    [{ a: 'b,c' }, { 'a,b': 'c' }],
    [{ a: '","b' }, { a: '', b: '' }],
    [{ a: 'b' }, { a: 'B' }],
    [{ a: 'b' }, { а: 'b' }], // The second is Cyrillic.
    [{ a: 'é' }, { a: 'e\u0301' }],
    [{ a: 'ｂ' }, { a: 'b' }],
  ])('tells %j from %j', (one, other) => {
    expect(hostOfLabels(one)).not.toBe(hostOfLabels(other));
  });

  test('is one host for each set, and a name that nobody can ask for', () => {
    const labels = fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true });
    const isSame = (one: Record<string, string>, other: Record<string, string>) =>
      Object.keys(one).length === Object.keys(other).length &&
      Object.entries(one).every(([key, value]) => Object.hasOwn(other, key) && other[key] === value);
    fc.assert(
      fc.property(labels, labels, (one, other) => {
        expect(hostOfLabels(one) === hostOfLabels(other)).toBe(isSame(one, other));
        expect(hostOfLabels(one)).toMatch(/^labels_[0-9a-f]{64}$/);
      }),
    );
  });
});
