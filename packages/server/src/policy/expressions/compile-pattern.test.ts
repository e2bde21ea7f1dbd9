import { describe, expect, test } from 'vitest';
import { compilePattern, PatternProblem } from './compile-pattern.ts';

describe('compilePattern()', () => {
  test.each([
    ['foo.*', 'a foobar', true],
    ['^foo', 'a foo', false],
    ['(?i)FOO', 'foo', true],
    ['\\bword\\b', 'a word here', true],
    ['\\pL+\\d', 'é1', true],
    ['', 'anything', true],
    ['a{3}', 'aa', false],
  ])('%s in %s is %s', (source, text, expected) => {
    expect(compilePattern(source).test(text)).toBe(expected);
  });

  test.each([
    ['(', 'missing closing ): `(`'],
    ['a**', 'invalid nested repetition operator: `**`'],
    ['[z-a]', 'invalid character class range: `z-a`'],
    ['a{1001}', 'invalid repeat count: `{1001}`'],
    ['((a{100}){100}){100}', 'invalid repeat count: `{100}`'],
    ['(?=a)', 'it looks ahead, behind or back, which is not supported'],
    ['(?<!a)b', 'it looks ahead, behind or back, which is not supported'],
    ['(a)\\1', 'it looks ahead, behind or back, which is not supported'],
    ['a'.repeat(1_001), 'it is longer than 1000 characters'],
    ['(a{10}b{10}){60}', 'with its repetitions written out it has more than 1000 steps'],
  ])('refuses %s', (source, message) => {
    expect(() => compilePattern(source)).toThrow(new PatternProblem(message));
  });

  test('matches in linear time, whatever the pattern', () => {
    expect(compilePattern('^(a+)+$').test(`${'a'.repeat(100_000)}!`)).toBe(false);
    expect(compilePattern('(x+x+)+y').test('x'.repeat(100_000))).toBe(false);
  });

  test('is right where what it learns from a text does not fit into its memory', () => {
    // A text of two letters in which every window of twelve is another one.
    const text = Array.from({ length: 2_000 }, (_, i) => (i % 4_096).toString(2).padStart(12, '0')).join('');
    const pattern = compilePattern('(0|1)*1(0|1){11}[23]');
    expect(pattern.test(text)).toBe(false);
    expect(pattern.test(`${text}2`)).toBe(text.at(-12) === '1');
    expect(pattern.test(`${text}1000000000003`)).toBe(true);
  });
});

describe('replace()', () => {
  test.each([
    ['b+', 'abbcb', 'X', 'aXcX', ['bb', 'b']],
    ['(\\w)(\\d)?', 'a1-b', '[$2$1]', '[1a]-[b]', ['a1', 'b']],
    // A group that there is not, and what only looks like one.
    ['a', 'a', '$9$$0$', '$$0$', ['a']],
    ['x', 'abc', 'y', 'abc', []],
    ['', 'ab', '-', '-a-b-', ['', '', '']],
    ['$', 'ab', '!', 'ab!', ['']],
    ['😀', 'a😀b', 'é', 'aéb', ['😀']],
  ])('of %s in %s by %s', (source, text, by, expected, matches) => {
    expect(compilePattern(source).replace(text, by)).toEqual({ text: expected, matches });
  });
});
