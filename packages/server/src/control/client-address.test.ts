import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { clientAddressOf } from './client-address.ts';

test.each([
  ['the visitor, whom the edge names', '203.0.113.9', '203.0.113.9'],
  ['the visitor before their proxies', '2001:db8::9, 10.0.0.1, 10.0.0.2', '2001:db8::9'],
  ['the peer, when nobody names one', undefined, '192.0.2.1'],
  ['the peer, when the line is empty', '', '192.0.2.1'],
])('clientAddressOf() answers %s', (_, line, expected) => {
  const headers = line === undefined ? {} : { 'x-forwarded-for': line };
  const socket = { remoteAddress: '192.0.2.1' } as IncomingMessage['socket'];
  expect(clientAddressOf({ headers, socket })).toBe(expected);
});
