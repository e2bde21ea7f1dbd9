import { expect, test } from 'vitest';
import { passableTrailers } from './trailers.ts';

test('passableTrailers() keeps what only describes the content that was sent', () => {
  const lines = ['Digest', 'x', 'grpc-status', '0', 'Server-Timing', 'a'];
  expect(passableTrailers(lines)).toEqual(lines);
});

test.each([
  'Host',
  'Content-Length',
  'Transfer-Encoding',
  'Authorization',
  'Cookie',
  'Set-Cookie',
  'X-Forwarded-For',
  'x_forwarded_for',
  'X.Forwarded.For',
  'Forwarded',
  'X-Real-IP',
  'adit-request-id',
  'ADIT_ERROR_CODE',
  'Proxy-Authorization',
  'Connection',
  'Trailer',
  'TE',
])('passableTrailers() drops %s', (name) => {
  expect(passableTrailers([name, 'x', 'X-Ok', '1'])).toEqual(['X-Ok', '1']);
});
