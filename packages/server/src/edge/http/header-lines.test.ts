import { expect, test } from 'vitest';
import { lineValue, lineValues } from './header-lines.ts';

test.each([
  [['Host', 'a'], 'host', 'a'],
  [['X', '1', 'hOST', 'a', 'Host', 'b'], 'host', 'a'],
  [['Hos', 'a', 'Host2', 'b'], 'host', null],
  [['a', 'host', 'b', 'host'], 'host', null],
  [['Host', ''], 'host', ''],
  [[], 'host', null],
])('lineValue(%j, %j) is %j', (lines, name, value) => {
  expect(lineValue(lines, name)).toBe(value);
});

test.each([
  [['X', '1', 'hOST', 'a', 'Host', 'b'], 'host', ['a', 'b']],
  [['Host', ''], 'host', ['']],
  [['a', 'host', 'host2', 'b'], 'host', []],
])('lineValues(%j, %j) is %j', (lines, name, values) => {
  expect(lineValues(lines, name)).toEqual(values);
});
