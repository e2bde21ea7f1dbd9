import { describe, expect, test } from 'vitest';
import { evaluate, failureOf, problemOf } from '../evaluate.testkit.ts';

describe('functions of lists', () => {
  test.each([
    ['[1,2,3,4].slice(1, 3)', [2n, 3n]],
    ['[1,2,3,4].slice(2, 4)', [3n, 4n]],
    ['[1,[2,3],[4]].flatten()', [1n, 2n, 3n, 4n]],
    ['[1,[2,[3,4]]].flatten()', [1n, 2n, [3n, 4n]]],
    ['[1,2,[],[],[3,4]].flatten()', [1n, 2n, 3n, 4n]],
    ['[1,[2,[3,[4]]]].flatten(2)', [1n, 2n, 3n, [4n]]],
    ['[[1]].flatten(0)', [[1n]]],
    ['[3, 2, 1].sort()', [1n, 2n, 3n]],
    ['["b", "c", "a"].sort()', ['a', 'b', 'c']],
    ['[2.5, -1.0].sort()', [-1, 2.5]],
    ['[true, false].sort()', [false, true]],
    ['[duration("2s"), duration("1s")].sort()[0] == duration("1s")', true],
    ['[1, 2, 2, 3, 3, 3].distinct()', [1n, 2n, 3n]],
    ['["b", "b", "c", "a", "c"].distinct()', ['b', 'c', 'a']],
    ['[1, "b", 2, "b"].distinct()', [1n, 'b', 2n]],
    ['[1, 1.0, "1"].distinct()', [1n, '1']],
    ['[[1], [1], {"a": 1}, {"a": 1}, null, null].distinct()', [[1n], { a: 1n }, null]],
    ['lists.range(5)', [0n, 1n, 2n, 3n, 4n]],
    ['lists.range(0)', []],
    ['lists.range(-1)', []],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  test.each([
    ['[1].slice(0, 2)', 'a list is shorter than the index'],
    ['[1, 2].slice(1, 0)', 'a list is shorter than the index'],
    ['[1,[2,[3,[4]]]].flatten(-1)', 'a depth is negative'],
    ['[1, "b"].sort()', 'a list that is sorted holds what cannot be compared'],
    ['[[1, 2, 3]].sort()', 'a list that is sorted holds what cannot be compared'],
    ['lists.range(10001)', 'a list becomes too long'],
    ['[1][1]', 'a list is shorter than the index'],
  ])('%s fails: %s', (text, why) => {
    expect(failureOf(text)).toBe(why);
  });
});

describe('macros', () => {
  test.each([
    ['[1, 2, 3].all(x, x > 0)', true],
    ['[].all(x, x > 0)', true],
    ['[1, -2, 3].exists(x, x > 2)', true],
    ['[].exists(x, true)', false],
    ['[1, 2, 3].exists_one(x, x == 2)', true],
    ['[2, 2].exists_one(x, x == 2)', false],
    ['[1, 2, 3].filter(x, x > 1)', [2n, 3n]],
    ['[1, 2, 3].map(n, n * n)', [1n, 4n, 9n]],
    ['[1, 2, 3, 4].map(num, num % 2 == 0, num * 2)', [4n, 8n]],
    ['[{"n": "foo", "s": 0}, {"n": "bar", "s": -10}].sortBy(e, e.s).map(e, e.n)', ['bar', 'foo']],
    ["{'one': 1, 'two': 2}.all(x, x.startsWith('o'))", false],
    ["{'one': 1, 'two': 2}.exists(x, x.startsWith('o'))", true],
    ["{'one': 1, 'two': 2}.exists_one(x, x == 'one')", true],
    ["{'one': 1, 'two': 2}.filter(x, x.startsWith('o'))", ['one']],
    ["{'one': 1, 'two': 2}.map(k, k)", ['one', 'two']],
    ["{'one': 1, 'two': 2, 'three': 3}.map(k, k.startsWith('t'), k.upper())", ['TWO', 'THREE']],
    ['req.headers.exists(name, name == "x-key")', true],
    [
      '[1, 2].map(x, [10, 20].map(y, x + y))',
      [
        [11n, 21n],
        [12n, 22n],
      ],
    ],
    // The inner variable hides the outer one, and a name of the language.
    ['[1].map(x, [2].map(x, x))', [[2n]]],
    ['["a"].map(req, req + "b")', ['ab']],
    // CEL specification, "Macros": errors count only when nothing else decides.
    ['[0, 1].exists(x, 1 / x == 1)', true],
    ['[0, 1].all(x, 1 / x == 2)', false],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  test.each([
    ['[0].exists(x, 1 / x == 1)', 'a division by zero'],
    ['[0].map(x, 1 / x)', 'a division by zero'],
    ['[dyn(1)].all(x, x)', 'a condition is not true or false'],
    ['dyn(1).all(x, true)', 'something that is neither a list nor a map is gone through'],
  ])('%s fails: %s', (text, why) => {
    expect(failureOf(text)).toBe(why);
  });

  test.each([
    ['[1].all(x, x)', 'the condition must be true or false, not int', 'x'],
    ['"abc".all(x, true)', 'a list or a map is needed here, not string', '"abc"'],
    ['[1].map(x.y, x)', '".map()" takes a name for the value first', 'x.y'],
    ['[1].all(x)', '".all()" takes 2 arguments, not 1', 'all'],
    ['[1].map(x)', '".map()" takes 2 or 3 arguments, not 1', 'map'],
    ['[1].map(x, y)', 'there is no variable "y"', 'y'],
    ['[1].map(x, x) == x', 'there is no variable "x"', 'x'],
  ])('%s is refused: %s', (text, message, at) => {
    expect(problemOf(text)).toMatchObject({ message, at });
  });
});
