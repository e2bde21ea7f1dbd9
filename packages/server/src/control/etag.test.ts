import { expect, test } from 'vitest';
import { expectationOf } from './etag.ts';

const accepts = (ifMatch: string, revision = 2): boolean => expectationOf({ 'if-match': ifMatch })({ revision });

test.each(['"1","2"', '"1" , "2"', ' "1"\t,\t"2" ', '"2"'])('If-Match: %j has the second revision in it', (ifMatch) => {
  expect([accepts(ifMatch), accepts(ifMatch, 3)]).toEqual([true, false]);
});

test.each(['', '"1" "2"', '"1",,"2"', '1', '"1', `"1"${' '.repeat(100)}"2"`])('If-Match: %j is no list', (ifMatch) => {
  expect(() => accepts(ifMatch)).toThrow(expect.objectContaining({ code: 215 }));
});

test('an If-Match of more than 1,024 characters is not looked at', () => {
  const list = (spaces: number): string => `"1",${' '.repeat(spaces)}"2"`;
  expect(accepts(list(1_017))).toBe(true);
  expect(() => accepts(list(1_018))).toThrow(expect.objectContaining({ code: 215 }));
});
