import { expect, test } from 'vitest';
import { fakeExchange } from '../fake-exchange.testkit.ts';
import { visitorAnswerHead } from './answer-head.ts';

function answerHead(
  headers: string[],
  parts: {
    status?: number;
    reason?: string;
    method?: string;
    te?: boolean;
    hasBody?: boolean;
    isChunked?: boolean;
  } = {},
) {
  const { status = 200, reason = 'OK', method = 'GET', te = false, hasBody = true, isChunked = false } = parts;
  const answer = { status, reason, headers, hasBody, mayHaveTrailers: isChunked };
  return visitorAnswerHead(answer, fakeExchange({ headers: [], method }), { acceptsTrailers: te });
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
  ['GET', 205, false, ['content-length', '0']],
  ['GET', 200, true, ['Content-Length', '3']],
])('%s answered with %i: body %s, lines %j', (method, status, hasBody, headers) => {
  const isFramed = method === 'GET' && status !== 304 && status !== 204;
  expect(answerHead(['Content-Length', '3'], { method, status, hasBody: isFramed })).toMatchObject({
    hasBody,
    headers,
  });
});

test('an answer that ends with its head says so in its length, as HTTP/2 upstreams do not', () => {
  expect(answerHead(['x', '1'], { hasBody: false }).headers).toEqual(['x', '1', 'content-length', '0']);
  expect(answerHead(['x', '1'], { hasBody: false, method: 'HEAD' }).headers).toEqual(['x', '1']);
  expect(answerHead(['x', '1'], { hasBody: false, status: 304 }).headers).toEqual(['x', '1']);
});

test('trailers are possible in chunks only, and kept ready when somebody wants them', () => {
  expect(answerHead([], { isChunked: true, te: true }).mayHaveTrailers).toBe(true);
  expect(answerHead(['Trailer', 'digest'], { isChunked: true })).toMatchObject({
    mayHaveTrailers: true,
    headers: ['Trailer', 'digest'],
  });
  expect(answerHead([], { isChunked: true }).mayHaveTrailers).toBe(false);
  expect(answerHead(['Content-Length', '3', 'Trailer', 'digest'], { te: true })).toMatchObject({
    mayHaveTrailers: false,
    headers: ['Content-Length', '3'],
  });
});

test.each([
  ['status 101', { status: 101 }],
  ['status 600', { status: 600 }],
  ['status 0', { status: 0 }],
])('an answer with %s is 3004', (_, parts) => {
  expect(() => answerHead([], parts)).toThrowError(expect.objectContaining({ code: 3004 }));
});

test('a reason phrase with bytes that no status line should have is replaced', () => {
  expect(answerHead([], { reason: 'Fine' }).reason).toBe('Fine');
  expect(answerHead([], { reason: 'a\u0001b' }).reason).toBeNull();
});
