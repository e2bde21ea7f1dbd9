import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { readUpgrade } from './upgrade-tokens.ts';

const webSocket = { connection: 'Upgrade', upgrade: 'websocket' };

test.each<[string, Record<string, string>, string, readonly string[] | null]>([
  ['WebSocket', webSocket, '1.1', ['websocket']],
  ['any other token', { connection: 'keep-alive, upgrade', upgrade: 'SPDY/3.1' }, '1.1', ['spdy/3.1']],
  ['an empty body', { ...webSocket, 'content-length': '0' }, '1.1', ['websocket']],
  ['several tokens', { connection: 'upgrade', upgrade: 'a, b' }, '1.1', ['a', 'b']],
  ['h2c', { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c' }, '1.1', null],
  ['h2c among others', { connection: 'Upgrade', upgrade: 'websocket, H2C' }, '1.1', null],
  ['a body', { ...webSocket, 'content-length': '5' }, '1.1', null],
  ['chunks', { ...webSocket, 'transfer-encoding': 'chunked' }, '1.1', null],
  ['HTTP/1.0', webSocket, '1.0', null],
  ['Upgrade without Connection', { upgrade: 'websocket' }, '1.1', null],
  ['an empty token', { connection: 'upgrade', upgrade: 'websocket,' }, '1.1', null],
])('readUpgrade() of %s', (_, headers, httpVersion, expected) => {
  expect(readUpgrade({ headers, httpVersion, method: 'GET' } as unknown as IncomingMessage)).toEqual(expected);
});
