import { describe, expect, it } from 'vitest';
import { bytewise, readRequests, testLimits, whole } from './read-all.testkit.ts';
import { RequestReader } from './request-reader.ts';

const get = 'GET / HTTP/1.1\r\n';
const post = 'POST / HTTP/1.1\r\n';
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;

/** A reader that was fed these bytes. */
function fed(text: string): RequestReader {
  const reader = new RequestReader(testLimits);
  reader.feed(Buffer.from(text, 'latin1'));
  return reader;
}

describe('RequestReader', () => {
  it('tells a request with its head, its content in pieces, and its end', () => {
    const reader = fed('POST /x?y HTTP/1.1\r\nHost: a.test\r\ncontent-LENGTH:  5 \r\n\r\nab');
    expect(reader.next()).toBe('head');
    expect(reader.head).toEqual({
      method: 'POST',
      target: '/x?y',
      version: '1.1',
      headers: ['Host', 'a.test', 'content-LENGTH', '5'],
      framing: 'length',
      length: 5,
      keepsAlive: true,
      upgrade: null,
    });
    expect([reader.next(), reader.piece.toString(), reader.next()]).toEqual(['body', 'ab', 'none']);
    reader.feed(Buffer.from('cde'));
    expect([reader.next(), reader.piece.toString(), reader.next()]).toEqual(['body', 'cde', 'end']);
    expect([reader.trailers, reader.isIdle]).toEqual([[], true]);
  });

  it.each<[string, string, string, string]>([
    ['no content', `${get}\r\n`, 'none', ''],
    ['a length of 0', `${post}Content-Length: 0\r\n\r\n`, 'length', ''],
    ['a length', `${post}Content-Length: 3\r\n\r\nabc`, 'length', 'abc'],
    ['a length with leading zeros', `${post}Content-Length: 003\r\n\r\nabc`, 'length', 'abc'],
    ['chunks', `${chunked}3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n`, 'chunked', 'abc0123456789'],
    ['chunks in capitals', `${post}TRANSFER-ENCODING: CHUNKED\r\n\r\n000\r\n\r\n`, 'chunked', ''],
    ['chunk extensions', `${chunked}3;a;b=c;d="e\\"\xe9;\t"\r\nabc\r\n0;f\r\n\r\n`, 'chunked', 'abc'],
    ['a chunk size of 13 digits', `${chunked}0000000000003\r\nabc\r\n0\r\n\r\n`, 'chunked', 'abc'],
    ['content that looks like a request', `${post}Content-Length: 18\r\n\r\n${get}\r\n`, 'length', `${get}\r\n`],
  ])('reads a request with %s', (_, text, framing, body) => {
    for (const chunks of [whole(text), bytewise(text)]) {
      const seen = readRequests(chunks);
      expect(seen).toMatchObject({ end: 'open', messages: [{ body, isWhole: true, head: { framing } }] });
      expect(seen.messages).toHaveLength(1);
    }
  });

  it('tells trailers at the end, and forgets them with the next request', () => {
    const text = `${chunked}0\r\nX: y\r\nX-Digest:z\r\n\r\n${get}\r\n`;
    for (const chunks of [whole(text + text), bytewise(text + text)]) {
      const trailers = readRequests(chunks).messages.map((message) => message.trailers);
      const some = ['X', 'y', 'X-Digest', 'z'];
      expect(trailers).toEqual([some, [], some, []]);
    }
  });

  it.each([
    ['1.1', '', true],
    ['1.1', 'Connection: keep-alive\r\n', true],
    ['1.1', 'Connection: Close\r\n', false],
    ['1.1', 'Connection: keep-alive, \tCLOSE\t\r\n', false],
    ['1.1', 'Connection: keep-alive\r\nConnection: close\r\n', false],
    ['1.1', 'Connection: closed, xclose\r\n', true],
    ['1.1', 'Proxy-Connection: close\r\n', false],
    ['1.0', '', false],
    ['1.0', 'Connection: Keep-Alive\r\n', true],
    ['1.0', 'Connection: keep-alive, close\r\n', false],
    ['1.0', 'Proxy-Connection: keep-alive\r\n', false],
  ])('%s with "%s": keepsAlive is %s', (version, lines, keepsAlive) => {
    const reader = fed(`GET / HTTP/${version}\r\n${lines}\r\n`);
    expect([reader.next(), reader.head.keepsAlive]).toEqual(['head', keepsAlive]);
  });

  it('reads nothing behind a request that does not keep the connection alive', () => {
    const reader = fed(`${get}Connection: close\r\n\r\n${get}\r\n`);
    expect([reader.next(), reader.next(), reader.next()]).toEqual(['head', 'end', 'none']);
    reader.feed(Buffer.from('GARBAGE\0'));
    expect([reader.next(), reader.isIdle, reader.takeRest()]).toEqual(['none', false, null]);
  });

  it.each<[string, string]>([
    ['origin-form', '/a/../b//c;d?e=f&g[]={}|"<>\\^`%zz'],
    ['asterisk-form', '*'],
    ['absolute-form', 'http://a.test/x'],
    ['absolute-form without path', 'HTTPS://a.test:8443'],
    ['absolute-form with a query only', 'http://[::1]:80?x'],
  ])('keeps a target in %s as it is', (_, target) => {
    expect(readRequests(whole(`GET ${target} HTTP/1.1\r\n\r\n`)).messages[0]?.head.target).toBe(target);
  });

  it.each<[string, string]>([
    ['one empty line', '\r\n'],
    ['nothing', ''],
  ])('tolerates %s before a request line', (_, before) => {
    for (const chunks of [whole, bytewise]) {
      const seen = readRequests(chunks(`${before}${get}\r\n${before}${get}\r\n`));
      expect([seen.messages.length, seen.end]).toEqual([2, 'open']);
    }
  });

  it('isIdle says whether a byte of the next request was seen', () => {
    const reader = new RequestReader(testLimits);
    const states = [reader.isIdle];
    for (const text of ['\r', '\n', 'G', 'ET / HTTP/1.1\r\nContent-Length: 1\r\n\r\n', 'a']) {
      reader.feed(Buffer.from(text));
      while (reader.next() !== 'none');
      states.push(reader.isIdle);
    }
    expect(states).toEqual([true, false, true, false, false, true]);
  });

  it('takeRest() hands over what follows an upgrade, and reads no more', () => {
    const reader = fed(`${get}Connection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n\x81\x00`);
    expect([reader.next(), reader.head.upgrade]).toEqual(['head', ['websocket']]);
    expect(reader.takeRest()).toEqual(Buffer.from([0x81, 0]));
    reader.feed(Buffer.from(`${get}\r\n`));
    expect([reader.next(), reader.takeRest()]).toEqual(['none', null]);
  });

  it('reads a long head that comes byte by byte', () => {
    const value = 'abc'.repeat(1_000);
    const seen = readRequests(bytewise(`${get}A: ${value}\r\nB: c\r\n\r\n`));
    expect(seen.messages[0]?.head.headers).toEqual(['A', value, 'B', 'c']);
  });

  it('keeps nothing of the last request while it waits for the next', () => {
    const reader = fed(`${post}Content-Length: 1\r\n\r\na`);
    expect([reader.next(), reader.next(), reader.next(), reader.head.method]).toEqual(['head', 'body', 'end', 'POST']);
    expect([reader.next(), reader.head.method, reader.piece.length]).toEqual(['none', '', 0]);
  });

  it('hands content on as slices of what was fed', () => {
    const bytes = Buffer.from(`${chunked}3\r\nabc\r\n`);
    const reader = new RequestReader(testLimits);
    reader.feed(bytes);
    expect([reader.next(), reader.next()]).toEqual(['head', 'body']);
    expect(reader.piece.buffer).toBe(bytes.buffer);
    expect(reader.piece.byteOffset - bytes.byteOffset).toBe(bytes.indexOf('abc'));
  });

  it('feed() refuses a chunk before the last one was read', () => {
    expect(() => fed(`${get}\r\n`).feed(Buffer.from('x'))).toThrow(TypeError);
  });

  it('says that it is malformed once, and nothing after it', () => {
    const reader = fed('GET / HTTP/1.1\nHost: x\n\n');
    expect([reader.next(), reader.next()]).toEqual(['malformed', 'none']);
    reader.feed(Buffer.from(`${get}\r\n`));
    expect([reader.next(), reader.problem.kind]).toEqual(['none', 'malformed']);
  });
});
