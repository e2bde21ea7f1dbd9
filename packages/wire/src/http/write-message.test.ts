import { STATUS_CODES } from 'node:http';
import { expect, it } from 'vitest';
import { answerHeadText, chunkEnd, chunkHead, lastChunk, requestHeadText } from './write-message.ts';

it('writes heads, chunks and trailers', () => {
  expect(requestHeadText('GET', '/a?b', ['Host', 'x', 'A', ''])).toBe('GET /a?b HTTP/1.1\r\nHost: x\r\nA: \r\n\r\n');
  expect(requestHeadText('OPTIONS', '*', [])).toBe('OPTIONS * HTTP/1.1\r\n\r\n');
  expect(answerHeadText(404, null, ['A', 'b\xe9\t'])).toBe('HTTP/1.1 404 Not Found\r\nA: b\xe9\t\r\n\r\n');
  expect(answerHeadText(200, '', [])).toBe('HTTP/1.1 200 \r\n\r\n');
  expect(answerHeadText(299, null, [])).toBe('HTTP/1.1 299 \r\n\r\n');
  expect(chunkHead(31) + chunkEnd).toBe('1f\r\n\r\n');
  expect(lastChunk([])).toBe('0\r\n\r\n');
  expect(lastChunk(['A', 'b'])).toBe('0\r\nA: b\r\n\r\n');
});

it('answerHeadText() knows the same words as the runtime', () => {
  for (const [status, words] of Object.entries(STATUS_CODES)) {
    expect(answerHeadText(Number(status), null, [])).toBe(`HTTP/1.1 ${status} ${words}\r\n\r\n`);
  }
});

it.each<[string, string, string]>([
  ['CRLF in a value', 'A', 'b\r\nC: d'],
  ['CRLF at the end of a value', 'A', 'b\r\n'],
  ['an empty line in a value', 'A', 'b\r\n\r\nGET / HTTP/1.1'],
  ['CR in a value', 'A', 'b\rc'],
  ['LF in a value', 'A', 'b\nc'],
  ['NUL in a value', 'A', 'b\0c'],
  ['DEL in a value', 'A', 'b\x7f'],
  ['a character above 0xff in a value', 'A', '\u0100'],
  ['one that would become LF in latin1', 'A', 'b\u010ac'],
  ['CRLF in a name', 'A: b\r\nC', 'd'],
  ['a line as name', 'A\r\n', 'd'],
  ['a colon in a name', 'A: b', 'c'],
  ['a space in a name', 'A ', 'b'],
  ['a space before a name', ' A', 'b'],
  ['an empty name', '', 'b'],
  ['a character above ASCII in a name', '\xe9', 'b'],
])('refuses to write a header with %s', (_, name, value) => {
  for (const headers of [
    [name, value],
    ['X', 'y', name, value, 'X', 'y'],
  ]) {
    expect(() => requestHeadText('GET', '/', headers)).toThrow(TypeError);
    expect(() => answerHeadText(200, null, headers)).toThrow(TypeError);
    expect(() => lastChunk(headers)).toThrow(TypeError);
  }
});

it('refuses to write a name without value', () => {
  expect(() => requestHeadText('GET', '/', ['A', 'b', 'C'])).toThrow(TypeError);
});

it.each([
  ['GET', ''],
  ['GET', '/a b'],
  ['GET', '/ HTTP/1.1\r\nA: b\r\n\r\nGET /'],
  ['GET', '/\xe9'],
  ['GET', '/#'],
  ['GET', '/\0'],
  ['', '/'],
  ['GET /', '/'],
  ['GET / HTTP/1.1\r\nX:', '/'],
  ['G\u0141', '/'],
])('requestHeadText() refuses "%s" and "%s"', (method, path) => {
  expect(() => requestHeadText(method, path, [])).toThrow(TypeError);
});

it.each<[number, string | null]>([
  [99, null],
  [600, null],
  [200.5, null],
  [Number.NaN, null],
  [1e21, null],
  [200, 'OK\r\nA: b'],
  [200, 'OK\r\n\r\n'],
  [200, '\n'],
  [200, 'a\u2028'],
])('answerHeadText() refuses %s and "%s"', (status, reason) => {
  expect(() => answerHeadText(status, reason, [])).toThrow(TypeError);
});

it.each([0, -1, 0.5, Number.NaN, 2 ** 53])('chunkHead() refuses %s bytes', (bytes) => {
  expect(() => chunkHead(bytes)).toThrow(RangeError);
});
