import { expect, test } from 'vitest';
import { type NetworkUpstream, parseUpstream, type UpstreamOptions } from './upstream.ts';
import { mustBeGood } from './upstream-trust.ts';

test.each<[string, UpstreamOptions['upstreamVerify'], boolean]>([
  ['https://localhost', undefined, false],
  ['https://dev.localhost', undefined, false],
  ['https://127.0.0.1', undefined, false],
  ['https://[::1]', undefined, false],
  ['https://notlocalhost', undefined, true],
  ['https://192.0.2.1', undefined, true],
  ['tls://app', undefined, true],
  ['https://localhost', true, true],
  ['https://localhost', { caPem: '' }, true],
  ['https://app', false, false],
])('the certificate of %s with verification %j must be good: %s', (text, upstreamVerify, expected) => {
  expect(mustBeGood(parseUpstream(text, { upstreamVerify }) as NetworkUpstream)).toBe(expected);
});
