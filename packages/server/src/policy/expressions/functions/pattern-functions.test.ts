import { describe, expect, test } from 'vitest';
import { evaluate, failureOf, problemOf } from '../evaluate.testkit.ts';

describe('matches()', () => {
  test.each([
    ['"foobar".matches("foo.*")', true],
    ['matches("foobar", "foo.*")', true],
    ['"hello".matches("^h.*o$")', true],
    ['"test".matches("fail")', false],
    ['req.url.path.matches("^/api/")', true],
    ['"a.b".matches(dyn("^a\\\\.b$"))', true],
    ['matches(req.method, "(?i)^post$")', true],
    ['["a", "b"].all(p, "ab".matches(p))', true],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  test('takes no time for a pattern that others take seconds for', () => {
    const attack = 'a'.repeat(10_000);
    expect(evaluate(`'${attack}!'.matches('^(a+)+$')`)).toBe(false);
    expect(evaluate(`'${attack}!'.matches('^(' + 'a+' + ')+$')`)).toBe(false);
  });

  test('a pattern that is written out is refused when it cannot be used', () => {
    expect(problemOf('"a".matches("(")')).toEqual({
      message: 'the pattern cannot be used: missing closing ): `(`',
      at: '"("',
      hint: undefined,
    });
    expect(problemOf('matches("a", "(?=b)")').message).toBe(
      'the pattern cannot be used: it looks ahead, behind or back, which is not supported',
    );
  });

  test('one that is made is a failure then, which does not repeat it', () => {
    expect(failureOf('"a".matches("(" + req.method)')).toBe('a pattern cannot be used');
  });
});
