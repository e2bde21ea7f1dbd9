import fc from 'fast-check';
import { expect, test } from 'vitest';
import { topLevelKeys } from './top-level-keys.ts';

test.each<[string, string[]]>([
  ['{}', []],
  [' { "a" : "b" , "c" : { "d" : [ "e", { "f": 1 } ] }, "g":[{}] , "h":null}', ['a', 'c', 'g', 'h']],
  ['{"a":1,"a":2}', ['a', 'a']],
  [String.raw`{"\u0061":"{\"b\":1,\"","\"":"\\","c":"]"}`, ['a', '"', 'c']],
])('topLevelKeys(%s) is %j', (json, keys) => {
  expect(topLevelKeys(json)).toEqual(keys);
});

test('topLevelKeys() finds the keys that a parser does', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), fc.nat(4), (value, indent) => {
      const json = JSON.stringify(value, null, indent);
      expect(topLevelKeys(json)).toEqual(Object.keys(value));
    }),
  );
});
