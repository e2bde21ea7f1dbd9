import { describe, expect, test } from 'vitest';
import { evaluate, failureOf } from '../evaluate.testkit.ts';
import { Expressions } from '../expressions.ts';
import { sampleScope } from '../sample-scope.testkit.ts';

describe('secrets and chance', () => {
  test.each([
    ["secrets.get('main', 'key')", 'top-secret'],
    ["secrets.get('main', 'key') == 'guess'", false],
    ['rand.double()', 0.5],
    ['rand.int()', 1n],
    ['rand.int(0, 10)', 5n],
    ['rand.int(7, 7)', 7n],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  test('rand.int() gives both of its bounds', () => {
    const int = (random: number) =>
      new Expressions({ results: new Map(), random: () => random })
        .expression('rand.int(1, 3)', 'on_tcp_connect')
        .evaluate(sampleScope());
    expect([0, 0.5, 1 - Number.EPSILON].map(int)).toEqual([1n, 2n, 3n]);
  });

  test.each([
    ["secrets.get('main', 'none')", 'a secret is not there'],
    ["secrets.get(req.method, 'key')", 'a secret is not there'],
    ['rand.int(-1, 1)', 'the bounds of a random number are negative or in the wrong order'],
    ['rand.int(2, 1)', 'the bounds of a random number are negative or in the wrong order'],
    // What is wrong with a secret never shows what it is.
    ["int(secrets.get('main', 'key'))", 'a text is no whole number'],
    ["{}[secrets.get('main', 'key')]", 'a field or key is not there'],
  ])('%s fails: %s', (text, why) => {
    expect(failureOf(text)).toBe(why);
  });
});
