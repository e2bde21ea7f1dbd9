import { expect, test } from 'vitest';
import { visitorAnswerHead } from './answer-head.ts';
import { fakeExchange } from './fake-exchange.testkit.ts';
import { defaultHttpLimits as limits } from './http-limits.ts';

function answerHead(
  rawHeaders: string[],
  parts: { statusCode?: number; statusMessage?: string; method?: string; te?: boolean } = {},
) {
  const { statusCode = 200, statusMessage = 'OK', method = 'GET', te = false } = parts;
  const exchange = fakeExchange({ headers: [], method });
  return visitorAnswerHead({ statusCode, statusMessage, rawHeaders }, exchange, { acceptsTrailers: te, limits });
}

test('order, case and duplicates of the upstream are kept', () => {
  const lines = ['Set-Cookie', 'a=1', 'X-B', '1', 'set-cookie', 'b=2', 'Content-Length', '3'];
  expect(answerHead(lines).headers).toEqual(lines);
});

test.each([
  'adit-error-code',
  'Adit_Error_Code',
  'adit.error.code',
  'ADIT-REQUEST-ID',
  'Connection',
  'Keep-Alive',
  'Proxy-Authenticate',
  'Upgrade',
  'TE',
  'Trailer',
])('%s of the upstream does not reach the visitor', (name) => {
  expect(answerHead([name, 'x', 'X-Ok', '1']).headers).toEqual(['X-Ok', '1']);
});

test('its framing is for the codec to make again', () => {
  expect(answerHead(['Transfer-Encoding', 'Chunked', 'X-Ok', '1']).headers).toEqual(['X-Ok', '1']);
});

test.each(['gzip, chunked', 'identity', 'chunked, chunked', ''])('an answer with the coding "%s" is 3004', (coding) => {
  expect(() => answerHead(['Transfer-Encoding', coding])).toThrowError(expect.objectContaining({ code: 3004 }));
});

test('what the upstream nominates in Connection is its own affair', () => {
  expect(answerHead(['X-Hop', '1', 'Connection', 'x-hop', 'X-Ok', '1']).headers).toEqual(['X-Ok', '1']);
});

test('an upstream cannot nominate the length of its answer away', () => {
  const lines = ['Content-Length', '3', 'X-Ok', '1'];
  expect(answerHead(['Connection', 'content-length', ...lines]).headers).toEqual(lines);
});

test.each([
  ['HEAD', 200, false, ['Content-Length', '3']],
  ['GET', 304, false, ['Content-Length', '3']],
  ['GET', 204, false, []],
  ['GET', 205, false, []],
  ['GET', 200, true, ['Content-Length', '3']],
])('%s answered with %i: body %s, lines %j', (method, statusCode, hasBody, headers) => {
  expect(answerHead(['Content-Length', '3'], { method, statusCode })).toMatchObject({ hasBody, headers });
});

test('trailers are possible in chunks only, and kept ready when somebody wants them', () => {
  const chunked = ['Transfer-Encoding', 'chunked'];
  expect(answerHead(chunked, { te: true }).mayHaveTrailers).toBe(true);
  expect(answerHead([...chunked, 'Trailer', 'digest'])).toMatchObject({
    mayHaveTrailers: true,
    headers: ['Trailer', 'digest'],
  });
  expect(answerHead(chunked).mayHaveTrailers).toBe(false);
  expect(answerHead(['Content-Length', '3', 'Trailer', 'digest'], { te: true })).toMatchObject({
    mayHaveTrailers: false,
    headers: ['Content-Length', '3'],
  });
});

test.each([
  ['status 101', { statusCode: 101 }],
  ['status 600', { statusCode: 600 }],
  ['status 0', { statusCode: 0 }],
])('an answer with %s is 3004', (_, parts) => {
  expect(() => answerHead([], parts)).toThrowError(expect.objectContaining({ code: 3004 }));
});

test('an answer with too many lines is 3004', () => {
  const lines = Array.from({ length: (limits.maxHeaderLines + 1) * 2 }, () => 'x');
  expect(() => answerHead(lines)).toThrowError(expect.objectContaining({ code: 3004 }));
});

test('a reason phrase with bytes that no status line should have is replaced', () => {
  expect(answerHead([], { statusMessage: 'Fine' }).reason).toBe('Fine');
  expect(answerHead([], { statusMessage: 'a\u0001b' }).reason).toBeNull();
});
