import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatJson } from './format-json.ts';

const limits = { maxPrettyCharacters: 100_000 };

it('what JSON.parse takes is indented as JSON.stringify does, and means the same', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const value: unknown = JSON.parse(text);
      const canonical = JSON.stringify(value);
      expect(formatJson(canonical, limits)).toEqual({ text: JSON.stringify(value, null, 2) });
      const formatted = formatJson(text, limits);
      expect(formatted && 'text' in formatted && JSON.parse(formatted.text)).toEqual(value);
    }),
  );
});

it('what JSON.parse refuses is refused, however it is broken', () => {
  const part = fc.constantFrom(
    ...'{}[]:,"\\ \n0123456789-+.eEtrufalsn'.split(''),
    'true',
    'null',
    '"a"',
    '\u0001',
    '\\u12',
    'NaN',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      const formatted = formatJson(text, limits);
      expect(formatted !== null && 'text' in formatted, text).toBe(isJson(text));
    }),
    { numRuns: 5_000 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

it.each([
  ['{"a":1,\n "b":}', 2, 6],
  ['{"a" 1}', 1, 6],
  ['[1,2', 1, 5],
  ['{"a":"b\nc"}', 1, 8],
  ['[1,]', 1, 4],
  ["{'a':1}", 1, 2],
  ['1 2', 1, 3],
  ['', 1, 1],
  ['[01]', 1, 2],
])('formatJson(%j) says that line %i, column %i is wrong', (text, line, column) => {
  expect(formatJson(text, limits)).toMatchObject({ problem: expect.any(String), line, column });
});

it('keeps digits, escapes and names that come twice', () => {
  const text = '{"a":12345678901234567890,"a":1.0e+2,"\\u0041":[]}';
  expect(formatJson(text, limits)).toEqual({
    text: '{\n  "a": 12345678901234567890,\n  "a": 1.0e+2,\n  "\\u0041": []\n}',
  });
});

it('stops where indentation would blow up', () => {
  expect(formatJson('['.repeat(100_000), limits)).toBeNull();
});
