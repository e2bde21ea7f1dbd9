import { AditError } from '@adit/contracts';
import { expect, test } from 'vitest';
import type { Exchange } from '../exchange.ts';
import { fakeExchange } from '../fake-exchange.testkit.ts';
import { openingHead } from './opening.ts';

// RFC 6455 §1.3.
const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

function asked(parts: Partial<Exchange> = {}, ...more: string[]): Exchange {
  const headers = ['Sec-WebSocket-Key', key, 'sec-websocket-version', '13', ...more];
  return fakeExchange({ upgrade: ['websocket'], headers, ...parts });
}

test.each<[what: string, lines: string[], protocol: string | null]>([
  ['nothing offered', [], null],
  ['binary alone', ['sec-websocket-protocol', 'binary'], 'binary'],
  ['binary among others', ['Sec-WebSocket-Protocol', 'base64, binary'], 'binary'],
  ['binary in a line of its own', ['Sec-WebSocket-Protocol', 'base64', 'sec-websocket-protocol', 'binary'], 'binary'],
  ['others', ['Sec-WebSocket-Protocol', 'mqtt ,mqttv3.1'], 'mqtt'],
  ['extensions', ['Sec-WebSocket-Extensions', 'permessage-deflate'], null],
])('openingHead() with %s', (_, lines, protocol) => {
  const chosen = protocol === null ? [] : ['Sec-WebSocket-Protocol', protocol];
  expect(openingHead(asked({}, ...lines))).toEqual({
    ...{ status: 101, reason: null, hasBody: false, mayHaveTrailers: false, isLast: true },
    headers: ['Upgrade', 'websocket', 'Connection', 'Upgrade', 'Sec-WebSocket-Accept', accept, ...chosen],
  });
});

test.each<[what: string, exchange: Exchange, says: string]>([
  ['another protocol', asked({ upgrade: ['other'] }), 'Only WebSockets'],
  ['no upgrade', asked({ upgrade: null }), 'Only WebSockets'],
  ['another method', asked({ method: 'POST' }), 'Only WebSockets'],
  ['no version', asked({ headers: ['Sec-WebSocket-Key', key] }), 'version'],
  ['an old version', asked({ headers: ['Sec-WebSocket-Key', key, 'Sec-WebSocket-Version', '8'] }), 'version'],
  ['two versions', asked({}, 'Sec-WebSocket-Version', '13'), 'version'],
  ['no key', asked({ headers: ['Sec-WebSocket-Version', '13'] }), 'key'],
  ['two keys', asked({}, 'sec-websocket-key', key), 'key'],
  ['a short key', asked({ headers: ['Sec-WebSocket-Key', 'YWJj', 'Sec-WebSocket-Version', '13'] }), 'key'],
  ['a protocol that is none', asked({}, 'Sec-WebSocket-Protocol', 'a b'), 'protocols'],
  ['an empty protocol', asked({}, 'Sec-WebSocket-Protocol', 'a,,b'), 'protocols'],
])('openingHead() refuses %s', (_, exchange, says) => {
  try {
    openingHead(exchange);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(AditError);
    expect(error).toMatchObject({ code: 3206, message: expect.stringContaining(says) });
  }
});
