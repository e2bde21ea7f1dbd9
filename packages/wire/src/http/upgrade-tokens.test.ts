import { expect, test } from 'vitest';
import { readRequests, whole } from './read-all.testkit.ts';

const webSocket = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';

test.each<[string, string, string, readonly string[] | null]>([
  ['WebSocket', '1.1', webSocket, ['websocket']],
  ['any other token', '1.1', 'Connection: keep-alive, UPGRADE\r\nUpgrade: SPDY/3.1\r\n', ['spdy/3.1']],
  ['no content', '1.1', `${webSocket}Content-Length: 0\r\n`, ['websocket']],
  ['several tokens', '1.1', 'Connection: upgrade\r\nUpgrade: a, b\r\n', ['a', 'b']],
  ['several lines', '1.1', 'Upgrade: a\r\nConnection: x\r\nUpgrade: b\r\nConnection: upgrade\r\n', ['a', 'b']],
  ['h2c', '1.1', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n', null],
  ['h2c among others', '1.1', 'Connection: Upgrade\r\nUpgrade: websocket, H2C\r\n', null],
  ['h2', '1.1', 'Connection: Upgrade\r\nUpgrade: h2\r\n', null],
  ['content', '1.1', `${webSocket}Content-Length: 5\r\n`, null],
  ['chunks', '1.1', `${webSocket}Transfer-Encoding: chunked\r\n`, null],
  ['HTTP/1.0', '1.0', webSocket, null],
  ['Upgrade without Connection', '1.1', 'Upgrade: websocket\r\n', null],
  ['Connection without Upgrade', '1.1', 'Connection: upgrade\r\n', null],
  ['Connection that only looks so', '1.1', 'Connection: upgraded, no-upgrade\r\nUpgrade: websocket\r\n', null],
  ['Proxy-Connection', '1.1', 'Proxy-Connection: upgrade\r\nUpgrade: websocket\r\n', null],
  ['an empty token', '1.1', 'Connection: upgrade\r\nUpgrade: websocket,\r\n', null],
  ['an empty line', '1.1', 'Connection: upgrade\r\nUpgrade:\r\n', null],
  ['a token with a space', '1.1', 'Connection: upgrade\r\nUpgrade: web socket\r\n', null],
  ['a token above ASCII', '1.1', 'Connection: upgrade\r\nUpgrade: w\xe9b\r\n', null],
])('the upgrade of a request with %s', (_, version, lines, expected) => {
  const seen = readRequests(whole(`GET / HTTP/${version}\r\n${lines}\r\n`));
  expect(seen.messages[0]?.head.upgrade).toEqual(expected);
});
