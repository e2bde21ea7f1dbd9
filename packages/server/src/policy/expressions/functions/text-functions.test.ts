import { describe, expect, test } from 'vitest';
import { evaluate, failureOf } from '../evaluate.testkit.ts';

describe('functions of texts', () => {
  test.each([
    ["'hello'.charAt(4)", 'o'],
    ["'hello'.charAt(5)", ''],
    ["'añ😀b'.charAt(2)", '😀'],
    ["'hello mellow'.indexOf('')", 0n],
    ["'hello mellow'.indexOf('ello')", 1n],
    ["'hello mellow'.indexOf('jello')", -1n],
    ["'hello mellow'.indexOf('', 2)", 2n],
    ["'hello mellow'.indexOf('ello', 2)", 7n],
    ["'😀b'.indexOf('b')", 1n],
    ["'hello mellow'.lastIndexOf('')", 12n],
    ["'hello mellow'.lastIndexOf('ello')", 7n],
    ["'hello mellow'.lastIndexOf('jello')", -1n],
    ["'hello mellow'.lastIndexOf('ello', 6)", 1n],
    ["'tacocat'.substring(4)", 'cat'],
    ["'tacocat'.substring(0, 4)", 'taco'],
    ["'😀cat'.substring(1)", 'cat'],
    ["'tacocat'.substring(7)", ''],
    ["'hello mellow'.split()", ['hello', 'mellow']],
    ["'hello mellow'.split(' ', 1)", ['hello']],
    ["'hello,mellow,hi'.split(',')", ['hello', 'mellow', 'hi']],
    ["'hello,mellow,hi'.split(',', 2)", ['hello', 'mellow']],
    ["'hello'.split(',', 0)", []],
    ["'a,b'.split(',', -1)", ['a', 'b']],
    ["'a😀'.split('')", ['a', '😀']],
    ["'hello mellow'.replace('l', 'L')", 'heLLo meLLow'],
    ["'hello mellow'.replace('l', 'L', 2)", 'heLLo mellow'],
    ["'hello mellow'.replace('x', 'X')", 'hello mellow'],
    ["'hello'.replace('l', '', -1)", 'heo'],
    ["'ab'.replace('', '-')", '-a-b-'],
    ["'ab'.replace('', '-', 2)", '-a-b'],
    ["'ab'.replace('a', '$&$1')", '$&$1b'],
    ["'hello'.replace('l', 'L', 0)", 'hello'],
    ["['hello', 'mellow'].join()", 'hellomellow'],
    ["['hello', 'mellow'].join(' ')", 'hello mellow'],
    ["[].join('/')", ''],
    ["'  \\ttrim\\n    '.trim()", 'trim'],
    ["'gums'.reverse()", 'smug'],
    ["'a😀'.reverse()", '😀a'],
    ['"Ärger in Österreich, ÉCOLE, İSTANBUL, ЙОГА!".lower()', 'ärger in österreich, école, istanbul, йога!'],
    ['"Ärger in Österreich, ÉCOLE, İSTANBUL, ЙОГА!".upper()', 'ÄRGER IN ÖSTERREICH, ÉCOLE, İSTANBUL, ЙОГА!'],
    ["'Straße'.upper()", 'STRAßE'],
    ["'TacoCÆt Xii'.lowerAscii()", 'tacocÆt xii'],
    ["'TacoCÆt Xii'.upperAscii()", 'TACOCÆT XII'],
    ['strings.quote(\'single-quote with "double quote"\')', '"single-quote with \\"double quote\\""'],
    ['strings.quote("two escape sequences \\a\\n")', '"two escape sequences \\a\\n"'],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  test.each([
    "'hello'.charAt(-1)",
    "'hello'.charAt(6)",
    "'😀'.charAt(2)",
    "'hello'.indexOf('l', -1)",
    "'hello'.indexOf('l', 6)",
    "'hello mellow'.lastIndexOf('ello', 20)",
    "'hello mellow'.lastIndexOf('ello', -1)",
    "'tacocat'.substring(-1)",
    "'tacocat'.substring(2, 1)",
    "'tacocat'.substring(0, 8)",
  ])('%s fails: an index is outside', (text) => {
    expect(failureOf(text)).toBe('an index is outside of the text');
  });

  test('join() fails for what is no text', () => {
    expect(failureOf('dyn(["a", 1]).join()')).toBe('a list that is joined holds something that is no text');
  });
});

describe('format()', () => {
  test.each([
    ['"hello %s".format(["world"])', 'hello world'],
    ['"integer: %d".format([42])', 'integer: 42'],
    ['"%d".format([7u])', '7'],
    ['"%f".format([3.14])', '3.140000'],
    ['"%.2f".format([2.5])', '2.50'],
    ['"%.0f".format([2])', '2'],
    ['"%e".format([1052.032911275])', '1.052033e+03'],
    ['"%x".format([26])', '1a'],
    ['"%X".format([26])', '1A'],
    ['"%x".format(["hi"])', '6869'],
    ['"%x".format([b"\\xff"])', 'ff'],
    ['"%x".format([-26])', '-1a'],
    ['"%o".format([8])', '10'],
    ['"binary: %b".format([5])', 'binary: 101'],
    ['"bool: %b".format([true])', 'bool: 1'],
    ['"%s %s %s".format([1, 2.5, true])', '1 2.5 true'],
    ['"%s".format([[1, "a", null]])', '[1, a, null]'],
    ['"%s".format([{"b": 2, "a": 1}])', '{a: 1, b: 2}'],
    ['"%s".format([timestamp("2026-01-31T12:00:00Z")])', '2026-01-31T12:00:00Z'],
    ['"%s".format([duration("90s")])', '90s'],
    ['"100%%".format([])', '100%'],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  test.each([
    ['"%s %s".format([1])', 'a format names more values than there are'],
    ['"%d".format(["1"])', 'a format and its value do not fit'],
    ['"%d".format([1.5])', 'a format and its value do not fit'],
    ['"%q".format([1])', 'a format and its value do not fit'],
    ['"%".format([1])', 'a format and its value do not fit'],
    ['"%.999f".format([1.0])', 'a format has too many digits'],
  ])('%s fails: %s', (text, why) => {
    expect(failureOf(text)).toBe(why);
  });
});
