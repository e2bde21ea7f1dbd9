import { expect, test } from 'vitest';
import type { Exchange } from './exchange.ts';
import { emptyBody, fakeExchange } from './fake-exchange.testkit.ts';
import { visitorFacts } from './http-front.testkit.ts';
import { defaultHttpLimits } from './http-limits.ts';
import { readRequestHead } from './request-head.ts';
import { requestFacts, upstreamRequestHeaders } from './request-headers.ts';

const ours = [
  'X-Forwarded-For',
  '203.0.113.9',
  'X-Forwarded-Proto',
  'https',
  'X-Forwarded-Host',
  'a.test',
  'adit-request-id',
  'req_1',
];

/** The lines that the upstream gets, ours at the end cut off. */
function forwarded(lines: string[], parts: Partial<Exchange> = {}): string[] {
  const exchange = fakeExchange({ headers: ['Host', 'a.test', ...lines], ...parts });
  const head = readRequestHead(exchange, 'https', defaultHttpLimits);
  const visitor = { facts: visitorFacts, scheme: 'https', requestId: 'req_1' } as const;
  const result = upstreamRequestHeaders(exchange, head, visitor);
  expect(result.slice(-ours.length)).toEqual(ours);
  return result.slice(0, -ours.length).slice(parts.authority === undefined ? 2 : 0);
}

test('order, case and duplicates of the visitor are kept', () => {
  const lines = ['X-B', '1', 'x-a', '2', 'X-B', '3', 'Cookie', 'a=1', 'Cookie', 'b=2'];
  expect(forwarded(lines)).toEqual(lines);
});

test.each([
  'X-Forwarded-For',
  'x_forwarded_for',
  'X-FORWARDED_PROTO',
  'X-Forwarded-Host',
  'X-Forwarded-Port',
  'X-Forwarded-Prefix',
  'X_Forwarded-Anything',
  'Forwarded',
  'X-Real-IP',
  'x_real_ip',
  'adit-request-id',
  'Adit_User_Email',
  'ADIT-ERROR-CODE',
  'Keep-Alive',
  'Proxy-Authorization',
  'Proxy-Connection',
  'proxy_authorization',
  'TE',
  'Trailer',
  'Transfer-Encoding',
  'transfer_encoding',
  'Content_Length',
  'X.Forwarded.For',
  'X!Forwarded~Proto',
  'x*real+ip',
  'Adit.User.Email',
  'Content.Length',
  'Proxy',
  'HTTP2-Settings',
  'Upgrade',
])('%s of the visitor is removed, however often it comes', (name) => {
  expect(forwarded([name, 'x', 'X-Ok', '1', name, 'y'])).toEqual(['X-Ok', '1']);
});

test('an alias of the length is removed beside the length', () => {
  const body = { method: 'POST', body: emptyBody, hasLength: true };
  const aliases = ['Content_Length', '6', 'Content.Length', '7'];
  expect(forwarded(['Content-Length', '5', ...aliases], body)).toEqual(['Content-Length', '5']);
});

test('what Connection nominates is removed, but nothing of ours and nothing of the framing', () => {
  const connection = 'close, X-Secret, X-Forwarded-For, adit-request-id, Host, Content-Length,  ,X-Forwarded-Host';
  const lines = ['Connection', connection, 'X-Secret', '1', 'Content-Length', '5', 'X-Ok', '1'];
  const body = { method: 'POST', body: emptyBody, hasLength: true };
  expect(forwarded(lines, body)).toEqual(['Content-Length', '5', 'X-Ok', '1']);
});

test.each<[string, string[], Partial<Exchange>, string[]]>([
  ['a GET has no framing', [], {}, []],
  ['a POST without body says so', [], { method: 'POST' }, ['Content-Length', '0']],
  ['an unknown length becomes chunks', [], { method: 'POST', body: emptyBody }, ['Transfer-Encoding', 'chunked']],
  ['TE: trailers passes, other codings do not', ['TE', 'gzip, trailers'], {}, ['Connection', 'TE', 'TE', 'trailers']],
  ['an upgrade is asked for again', [], { upgrade: ['websocket'] }, ['Connection', 'Upgrade', 'Upgrade', 'websocket']],
  ['Expect passes', ['Expect', '100-Continue'], {}, ['Expect', '100-Continue']],
  ['Expect of HTTP/1.0 does not', ['Expect', '100-continue'], { version: '1.0' }, []],
])('%s', (_, lines, parts, expected) => {
  expect(forwarded(lines, parts)).toEqual(expected);
});

test('HTTP/2 cookies become one line and the authority becomes Host', () => {
  const lines = ['cookie', 'a=1', 'x', 'y', 'cookie', 'b=2'];
  const parts: Partial<Exchange> = { version: '2', authority: 'a.test', headers: lines };
  expect(forwarded(lines, parts)).toEqual(['host', 'a.test', 'cookie', 'a=1; b=2', 'x', 'y']);
});

test('policies see what is forwarded, by lower-case name', () => {
  const exchange = fakeExchange({
    headers: ['Host', 'A.test:8443', 'X-Forwarded-For', '1.1.1.1', 'X-A', '1', 'x-a', '2'],
  });
  const head = readRequestHead(exchange, 'https', defaultHttpLimits);
  const visitor = { facts: visitorFacts, scheme: 'https', requestId: 'req_1' } as const;
  const lines = upstreamRequestHeaders(exchange, head, visitor);
  const facts = requestFacts(exchange, head, { lines, connection: visitorFacts });
  expect(facts).toMatchObject({ method: 'GET', target: '/', host: 'a.test', connection: visitorFacts });
  expect(facts.headers.get('x-a')).toEqual(['1', '2']);
  expect(facts.headers.get('x-forwarded-for')).toEqual(['203.0.113.9']);
});
