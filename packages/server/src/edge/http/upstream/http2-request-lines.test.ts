import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { UpstreamRequest } from '../upstream.ts';
import { http2RequestLines, trailerFields, upgradeAnswerLines } from './http2-request-lines.ts';

const request = (parts: Partial<UpstreamRequest>): UpstreamRequest => ({
  ...{ method: 'GET', path: '/', headers: ['Host', 'a.test'], body: 'none', upgrade: null },
  ...parts,
});

test('http2RequestLines() puts method, scheme, authority and path first, and names in lower case', () => {
  const headers = ['Host', 'A.test:8443', 'X-Thing', 'One', 'cookie', 'a=1', 'Cookie', 'b=2'];
  expect(http2RequestLines(request({ method: 'PUT', path: '/a?b', headers }), 'https')).toEqual([
    ...[':method', 'PUT', ':scheme', 'https', ':authority', 'A.test:8443', ':path', '/a?b'],
    ...['x-thing', 'One', 'cookie', 'a=1', 'cookie', 'b=2'],
  ]);
});

test.each([
  ['Connection', 'TE'],
  ['Keep-Alive', 'timeout=5'],
  ['Proxy-Connection', 'keep-alive'],
  ['Transfer-Encoding', 'chunked'],
  ['Upgrade', 'h2c'],
  ['HTTP2-Settings', 'AAMAAABk'],
  ['TE', 'gzip'],
  ['te', 'trailers, gzip'],
])('http2RequestLines() leaves out "%s: %s" (RFC 9113 §8.2.2)', (name, value) => {
  const lines = http2RequestLines(request({ headers: ['Host', 'a', name, value, 'x', 'y'] }), 'http');
  expect(lines.slice(8)).toEqual(['x', 'y']);
});

test('http2RequestLines() keeps "te: trailers", which gRPC insists on', () => {
  expect(http2RequestLines(request({ headers: ['Host', 'a', 'TE', 'Trailers'] }), 'http').slice(8)).toEqual([
    'te',
    'Trailers',
  ]);
});

test('http2RequestLines() makes an extended CONNECT of an upgrade, without the key (RFC 8441 §5)', () => {
  const headers = ['Host', 'a', 'Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Key', 'k'];
  const asked = request({
    path: '/chat',
    headers: [...headers, 'Sec-WebSocket-Version', '13'],
    upgrade: ['websocket'],
  });
  expect(http2RequestLines(asked, 'https')).toEqual([
    ...[':method', 'CONNECT', ':protocol', 'websocket', ':scheme', 'https', ':authority', 'a', ':path', '/chat'],
    ...['sec-websocket-version', '13'],
  ]);
});

test('http2RequestLines() never lets a line of HTTP/1 through, whatever its spelling, and keeps all others in order', () => {
  const forbidden = ['connection', 'host', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te'];
  const name = fc.oneof(fc.constantFrom(...forbidden), fc.stringMatching(/^[a-zA-Z-]{1,8}$/));
  const anyCase = fc.tuple(name, fc.boolean()).map(([text, isUpper]) => (isUpper ? text.toUpperCase() : text));
  fc.assert(
    fc.property(fc.array(fc.tuple(anyCase, fc.string())), (pairs) => {
      const lines = http2RequestLines(request({ headers: pairs.flat() }), 'https').slice(8);
      const passed = pairs.filter(([key, value]) => !forbidden.includes(key.toLowerCase()) || isTrailers(key, value));
      expect(lines).toEqual(passed.flatMap(([key, value]) => [key.toLowerCase(), value]));
    }),
  );
});

const isTrailers = (name: string, value: string): boolean =>
  name.toLowerCase() === 'te' && value.toLowerCase() === 'trailers';

test('upgradeAnswerLines() proves the key as RFC 6455 §1.3 does, and drops a proof that the upstream made up', () => {
  const answer = ['sec-websocket-protocol', 'chat', 'sec-websocket-accept', 'x'];
  expect(upgradeAnswerLines(answer, ['SEC-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='])).toEqual([
    ...['sec-websocket-protocol', 'chat', 'Connection', 'Upgrade', 'Upgrade', 'websocket'],
    ...['Sec-WebSocket-Accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
  ]);
});

test('upgradeAnswerLines() proves nothing to a request without a key', () => {
  expect(upgradeAnswerLines([], ['Host', 'a'])).toEqual(['Connection', 'Upgrade', 'Upgrade', 'websocket']);
});

test('trailerFields() joins lines of one name, and leaves out what HTTP/2 forbids', () => {
  const lines = [
    'X-A',
    '1',
    'x-b',
    '2',
    'x-a',
    '3',
    'X-a',
    '4',
    'Connection',
    'x',
    'Transfer-Encoding',
    'x',
    'te',
    'x',
  ];
  expect(trailerFields([...lines, '__proto__', 'x'])).toEqual(
    Object.assign(Object.create(null), { 'x-a': ['1', '3', '4'], 'x-b': '2', ['__proto__']: 'x' }),
  );
});
