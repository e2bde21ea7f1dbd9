import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchPattern, type Part, parsePattern, patternText } from './pattern.ts';

test.each<[string[], string]>([
  [['GET / HTTP/1.1\\r\\n', '\\r\\n'], 'GET / HTTP/1.1\r\n\r\n'],
  [['\\0\\t\\\\\\x7f\\xFF'], '\0\t\\\x7f\xff'],
  [['a{3*b}c'], 'abbbc'],
  [['{2*X: y\\r\\n}'], 'X: y\r\nX: y\r\n'],
])('parsePattern(%j) reads bytes', (lines, bytes) => {
  expect(patternText(parsePattern(lines))).toBe(bytes);
});

test.each(['\\q', '\\', '\\xg0', '{unknown}', '{}'])('parsePattern() refuses %j', (line) => {
  expect(() => parsePattern([line])).toThrow(SyntaxError);
});

test('a placeholder cannot be sent', () => {
  expect(() => patternText(parsePattern(['{request-id}']))).toThrow(SyntaxError);
});

const id = `req_${'a1B'.repeat(9)}`;
const error = [
  'HTTP/1.1 400 Bad Request\r\nadit-error-code: ERR_ADIT_9002\r\n',
  `adit-request-id: ${id}\r\ncontent-length: 3\r\n\r\nabc`,
].join('');

test.each<[string, string, ReturnType<typeof matchPattern>]>([
  ['abc', 'abc', { state: 'whole', length: 3 }],
  ['abc', 'abcd', { state: 'whole', length: 3 }],
  ['abc', 'ab', { state: 'unfinished' }],
  ['abc', 'aBc', { state: 'different', at: 1 }],
  ['{request-id}', id, { state: 'whole', length: 31 }],
  ['{request-id}', 'req_', { state: 'unfinished' }],
  ['{request-id}', id.replace('a', '-'), { state: 'different', at: 0 }],
  ['{chunks hello}', '5\r\nhello\r\n', { state: 'whole', length: 10 }],
  ['{chunks hello}', '2\r\nhe\r\n3\r\nllo\r\n0\r\n', { state: 'whole', length: 15 }],
  ['{chunks hello}', '2\r\nhe\r\n', { state: 'unfinished' }],
  ['{chunks hello}', '2\r\nhE\r\n', { state: 'different', at: 0 }],
  ['{chunks hello}', '6\r\nhello!\r\n', { state: 'different', at: 0 }],
  ['{chunks hello}', '0\r\n\r\n', { state: 'different', at: 0 }],
  ['{error 400 9002}', error, { state: 'whole', length: error.length }],
  ['{error 400 9002}', error.slice(0, -1), { state: 'unfinished' }],
  ['{error 400 9002 head}', error, { state: 'whole', length: error.length - 3 }],
  ['{error 404 9002}', error, { state: 'different', at: 0 }],
  ['{error 400 9006}', error, { state: 'different', at: 0 }],
])('matchPattern(%s) with %j', (line, received, expected) => {
  expect(matchPattern(parsePattern([line]), received)).toEqual(expected);
});

test('the error answer must carry a request id', () => {
  const without = error.replace(/adit-request-id: .*\r\n/, '');
  expect(matchPattern(parsePattern(['{error 400 9002}']), without).state).toBe('different');
});

const extraLines = ['Connection: keep-alive\r\n'];

test.each<[string, string]>([
  ['A: b\\r\\n\\r\\n', 'A: b\r\nConnection: keep-alive\r\n\r\n'],
  ['A: b\\r\\nC: d\\r\\n', 'A: b\r\nConnection: keep-alive\r\nC: d\r\n'],
  ['A: b\\r\\nConnection: keep-alive\\r\\n', 'A: b\r\nConnection: keep-alive\r\n'],
  ['A: b\\r\\nConnection: close\\r\\n', 'A: b\r\nConnection: close\r\n'],
])('extra lines may stand beside %j', (line, received) => {
  const length = received.length;
  expect(matchPattern(parsePattern([line]), received, { extraLines })).toEqual({ state: 'whole', length });
  for (let i = 0; i < length; i++)
    expect(matchPattern(parsePattern([line]), received.slice(0, i), { extraLines }).state).toBe('unfinished');
});

test('without leave, an extra line is a difference', () => {
  const received = 'A: b\r\nConnection: keep-alive\r\n\r\n';
  expect(matchPattern(parsePattern(['A: b\\r\\n\\r\\n']), received).state).toBe('different');
});

test('case counts unless it may not', () => {
  expect(matchPattern(parsePattern(['Host: A']), 'host: a').state).toBe('different');
  expect(matchPattern(parsePattern(['Host: A']), 'host: a', { ignoresCase: true }).state).toBe('whole');
});

test('a changed byte is never a match, wherever it is', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 40 }), fc.nat(), (text, where) => {
      const parts: Part[] = [{ kind: 'text', text }];
      const at = where % text.length;
      const changed = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`;
      expect(matchPattern(parts, text)).toEqual({ state: 'whole', length: text.length });
      expect(matchPattern(parts, changed)).toEqual({ state: 'different', at });
      expect(matchPattern(parts, text.slice(0, at))).toEqual({ state: 'unfinished' });
    }),
  );
});
