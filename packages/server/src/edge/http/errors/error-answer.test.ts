import { AditError, type ErrorCode, errorTable } from '@adit/contracts';
import { expect, test } from 'vitest';
import { answerError, answerRedirect, rawErrorAnswer } from './error-answer.ts';
import { recordAnswer } from './recording-exchange.testkit.ts';

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const context = { requestId: 'req_1', host: 'app.test' };

/** Codes that visitors are told, each with its status. */
const told: [ErrorCode, number][] = [
  [3004, 502],
  [3200, 404],
  [3205, 403],
  [3210, 503],
  [8012, 502],
  [9000, 500],
  [9001, 504],
  [9002, 400],
  [9003, 421],
  [9004, 403],
  [9005, 502],
  [9006, 431],
  [9007, 403],
  [9008, 408],
];

/** The answer to a request that accepts `accept`. */
const answerTo = (code: ErrorCode, accept: string | null, parts: Parameters<typeof recordAnswer>[1] = {}) =>
  recordAnswer((exchange) => answerError(exchange, new AditError(code, 'Cannot reach 10.1.2.3'), context), {
    headers: accept === null ? [] : ['Accept', accept],
    ...parts,
  });

test.each(told)(
  'code %i is told as %i to people, programs and terminals, with code, id and no-store',
  (code, status) => {
    for (const [accept, type] of [
      [browser, 'text/html; charset=utf-8'],
      ['application/json', 'application/problem+json'],
      ['*/*', 'text/plain; charset=utf-8'],
      [null, 'text/plain; charset=utf-8'],
    ] as const) {
      const { head, headers, body, calls } = answerTo(code, accept);
      expect(calls).toEqual(['answer', 'write', 'end', 'discardBody']);
      expect(head).toMatchObject({ status, reason: null, hasBody: true, mayHaveTrailers: false });
      expect(headers).toMatchObject({
        'content-type': type,
        'content-length': String(Buffer.byteLength(body)),
        'adit-error-code': `ERR_ADIT_${code}`,
        'adit-request-id': 'req_1',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      for (const text of [`ERR_ADIT_${code}`, 'req_1', errorTable[code].title]) expect(body).toContain(text);
      // The message is for the log: it may name what the visitor must not see.
      expect(body).not.toContain('10.1.2.3');
      expect('retry-after' in headers).toBe(status === 503);
    }
  },
);

test.each(told)('code %i tells the visitor and the owner, in one sentence each, what to do', (code) => {
  const { help, ownerHelp }: { help: string; ownerHelp?: string } = errorTable[code];
  for (const accept of [browser, 'application/json', '*/*']) {
    const { body } = answerTo(code, accept);
    expect(body).toContain(help);
    expect(body.includes(ownerHelp ?? 'If this endpoint is yours')).toBe(ownerHelp !== undefined);
  }
  if (ownerHelp === undefined) return;
  expect(ownerHelp).toMatch(/^[A-Z].*\.$/);
  expect(ownerHelp).not.toMatch(/[.!?]\s+[A-Z]/);
  expect(ownerHelp).not.toBe(help);
});

test.each<ErrorCode>([3004, 3200, 3205, 3210, 8012, 9001, 9004, 9005, 9007])(
  'code %i has words of its own for the owner',
  (code) => {
    expect(errorTable[code]).toHaveProperty('ownerHelp');
  },
);

test('the problem document has the members that programs need', () => {
  expect(JSON.parse(answerTo(3200, 'application/problem+json').body)).toEqual({
    type: 'urn:adit:error:3200',
    title: errorTable[3200].title,
    status: 404,
    detail: errorTable[3200].help,
    owner_help: errorTable[3200].ownerHelp,
    error_code: 'ERR_ADIT_3200',
    request_id: 'req_1',
  });
  expect(JSON.parse(answerTo(9002, 'application/json').body)).not.toHaveProperty('owner_help');
});

test('the text for terminals', () => {
  expect(answerTo(8012, '*/*').body).toBe(
    'app.test: The agent could not reach the service.\n' +
      'Try again later; if it lasts, tell the owner of this endpoint.\n' +
      'If this endpoint is yours: Check that the service runs on the port that the agent forwards to.\n\n' +
      'code: ERR_ADIT_8012\nrequest id: req_1\n',
  );
});

test('several Accept lines are one list', () => {
  const headers = ['accept', 'image/png', 'ACCEPT', 'application/json'];
  expect(answerTo(3200, null, { headers }).headers['content-type']).toBe('application/problem+json');
});

test('HEAD gets the head of the error answer and no body', () => {
  const { calls, head, headers, body } = answerTo(3200, browser, { method: 'HEAD' });
  expect(calls).toEqual(['answer', 'end', 'discardBody']);
  expect([head.hasBody, body]).toEqual([false, '']);
  expect(Number(headers['content-length'])).toBeGreaterThan(500);
});

test('after what is no HTTP, too much of it or late the connection is not used again', () => {
  const last = told.map(([code]) => code).filter((code) => answerTo(code, null).head.isLast);
  expect(last).toEqual([9002, 9006, 9008]);
});

test('answerRedirect() keeps method and body, and nobody keeps the answer', () => {
  const { calls, head, headers } = recordAnswer((exchange) => answerRedirect(exchange, 'https://a.test/b?c'));
  expect(calls).toEqual(['answer', 'end', 'discardBody']);
  expect(head).toMatchObject({ status: 308, hasBody: false });
  expect(headers).toEqual({ location: 'https://a.test/b?c', 'content-length': '0', 'cache-control': 'no-store' });
});

test.each<[ErrorCode, string]>([
  [9002, '400 Bad Request'],
  [9006, '431 Request Header Fields Too Large'],
  [9008, '408 Request Timeout'],
])('rawErrorAnswer(%i) is a whole message of HTTP/1.1 that ends its connection', (code, statusLine) => {
  const [head = '', body = ''] = rawErrorAnswer(new AditError(code), { requestId: 'req_1', date: 'now' }).split(
    '\r\n\r\n',
  );
  const lines = head.split('\r\n');
  expect(lines[0]).toBe(`HTTP/1.1 ${statusLine}`);
  expect(lines).toContain(`content-length: ${Buffer.byteLength(body)}`);
  expect(lines).toContain(`adit-error-code: ERR_ADIT_${code}`);
  expect(lines.at(-1)).toBe('connection: close');
  expect(body).toContain('request id: req_1');
});

test.each<[ErrorCode, string]>([
  [3200, '14'],
  [3210, '14'],
  [8012, '14'],
  [9005, '14'],
  [3004, '14'],
  [3205, '7'],
  [9004, '7'],
  [9007, '7'],
  [9001, '4'],
  [9002, '13'],
  [9000, '13'],
])('a gRPC call is told code %i as status %s, in the head alone', (code, status) => {
  const headers = ['content-type', 'application/grpc+proto', 'te', 'trailers'];
  const { head, calls, headers: lines } = answerTo(code, null, { version: '2', method: 'POST', headers });
  expect(calls).toEqual(['answer', 'end', 'discardBody']);
  expect(head).toMatchObject({ status: 200, hasBody: false, mayHaveTrailers: false, isLast: false });
  expect(lines).toEqual({
    'adit-error-code': `ERR_ADIT_${code}`,
    'adit-request-id': 'req_1',
    'cache-control': 'no-store',
    'content-type': 'application/grpc',
    'grpc-status': status,
    'grpc-message': `${errorTable[code].title} (ERR_ADIT_${code}, request id req_1)`,
  });
});

test.each([
  ['2', 'application/grpc', 200],
  ['2', 'Application/GRPC; x=1', 200],
  ['2', 'application/grpc-web', 404],
  ['2', 'application/json', 404],
  ['1.1', 'application/grpc', 404],
] as const)('HTTP/%s with content type %s is told %i', (version, type, status) => {
  expect(answerTo(3200, null, { version, headers: ['Content-Type', type] }).head.status).toBe(status);
});
