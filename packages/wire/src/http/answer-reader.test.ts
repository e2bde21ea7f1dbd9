import { describe, expect, it } from 'vitest';
import { AnswerReader } from './answer-reader.ts';
import { bytewise, readAnswers, testLimits, whole } from './read-all.testkit.ts';

const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;

/** A reader that expects an answer and was fed these bytes. */
function fed(text: string, method = 'GET'): AnswerReader {
  const reader = new AnswerReader(testLimits);
  reader.expect(method);
  reader.feed(Buffer.from(text, 'latin1'));
  return reader;
}

describe('AnswerReader', () => {
  it('tells an answer with its head, its content in pieces, and its end', () => {
    const reader = fed(`HTTP/1.1 404 Not  F\xf6und\r\nA:b\r\nContent-Length: 3\r\n\r\nab`);
    expect(reader.next()).toBe('head');
    expect(reader.head).toEqual({
      status: 404,
      reason: 'Not  F\xf6und',
      version: '1.1',
      headers: ['A', 'b', 'Content-Length', '3'],
      framing: 'length',
      length: 3,
      keepsAlive: true,
    });
    expect([reader.next(), reader.piece.toString(), reader.next()]).toEqual(['body', 'ab', 'none']);
    reader.feed(Buffer.from('c'));
    expect([reader.next(), reader.piece.toString(), reader.next(), reader.next()]).toEqual([
      'body',
      'c',
      'end',
      'none',
    ]);
  });

  it.each<[string, string, string, string, number]>([
    ['a length', 'GET', `${ok}Content-Length: 2\r\n\r\nok`, 'length', 2],
    ['chunks', 'GET', `${chunked}2;a\r\nok\r\n0\r\nX: y\r\n\r\n`, 'chunked', -1],
    ['205, which is framed like others', 'GET', 'HTTP/1.1 205 \r\nContent-Length: 2\r\n\r\nok', 'length', 2],
    ['HEAD', 'HEAD', `${ok}Content-Length: 2\r\n\r\n`, 'none', 2],
    ['HEAD and chunks', 'HEAD', chunked, 'none', -1],
    ['204 with a length', 'GET', 'HTTP/1.1 204 \r\nContent-Length: 2\r\n\r\n', 'none', 2],
    ['304 with a length', 'GET', 'HTTP/1.1 304 \r\nContent-Length: 2\r\n\r\n', 'none', 2],
    ['304 with chunks', 'GET', 'HTTP/1.1 304 \r\nTransfer-Encoding: chunked\r\n\r\n', 'none', -1],
  ])('finds the end of an answer with %s', (_, method, text, framing, length) => {
    for (const chunks of [whole(text), bytewise(text)]) {
      const seen = readAnswers(chunks, [method]);
      const body = framing === 'none' ? '' : 'ok';
      expect(seen).toMatchObject({ end: 'over', messages: [{ isWhole: true, body, head: { framing, length } }] });
    }
  });

  it.each<[string, string]>([
    ['HTTP/1.1', ok],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n'],
    ['Connection: keep-alive', `${ok}Connection: keep-alive\r\n`],
  ])('without a length, content ends with the stream, which is not used again (%s)', (_, head) => {
    const reader = fed(`${head}\r\nab`);
    expect([reader.next(), reader.head.framing, reader.head.keepsAlive]).toEqual(['head', 'untilEnd', false]);
    expect([reader.next(), reader.piece.toString(), reader.next()]).toEqual(['body', 'ab', 'none']);
    reader.feed(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'));
    expect([reader.next(), reader.next(), reader.endOfInput()]).toEqual(['body', 'none', 'end']);
    expect([reader.trailers, reader.endOfInput()]).toEqual([[], 'cut']);
  });

  it.each<[string, string]>([
    ['before an answer', ''],
    ['within a head', ok],
    ['behind an interim answer', 'HTTP/1.1 100 \r\n\r\n'],
    ['within a length', `${ok}Content-Length: 3\r\n\r\nab`],
    ['within chunks', `${chunked}3\r\nab`],
    ['between chunks', `${chunked}2\r\nab\r\n`],
    ['within trailers', `${chunked}0\r\nA: b\r\n`],
    ['behind an answer', `${ok}Content-Length: 0\r\n\r\n`],
    ['behind what is malformed', 'HTTP/2'],
  ])('endOfInput() %s is a cut', (_, text) => {
    const reader = fed(text);
    while (reader.next() !== 'none');
    expect(reader.endOfInput()).toBe('cut');
  });

  it('endOfInput() is a cut while there are bytes that were not read', () => {
    const reader = fed(`${ok}\r\nab`);
    expect([reader.next(), reader.endOfInput(), reader.next()]).toEqual(['head', 'cut', 'none']);
  });

  it('tells interim answers, whose headers mean no content, and expects the final one still', () => {
    const reader = fed(
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100\r\nContent-Length: 9\r\n\r\n' +
        `HTTP/1.1 199 \r\nTransfer-Encoding: chunked\r\n\r\n${ok}Content-Length: 0\r\n\r\n`,
    );
    const seen = [];
    for (let event = reader.next(); event !== 'none'; event = reader.next()) seen.push([event, reader.head.status]);
    expect(seen).toEqual([
      ['interim', 103],
      ['interim', 100],
      ['interim', 199],
      ['head', 200],
      ['end', 200],
    ]);
  });

  it('tells a switch, and leaves the rest to takeRest()', () => {
    const reader = fed('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\0');
    expect([reader.next(), reader.head.status]).toEqual(['switch', 101]);
    expect(reader.takeRest()).toEqual(Buffer.from([0x81, 0]));
    expect([reader.next(), reader.takeRest()]).toEqual(['none', null]);
  });

  it('tells a switch with nothing behind it', () => {
    const reader = fed('HTTP/1.1 101 \r\nUpgrade: websocket\r\n\r\n');
    expect([reader.next(), reader.takeRest()]).toEqual(['switch', null]);
  });

  it('reads the next answer when it is expected', () => {
    const seen = readAnswers(bytewise(`${ok}Content-Length: 2\r\n\r\n`.repeat(2) + 'ok'), ['HEAD', 'GET']);
    expect(seen.messages.map((message) => [message.body, message.isWhole])).toEqual([
      ['', true],
      ['ok', true],
    ]);
  });

  it.each<[string, string[], boolean]>([
    ['while none is expected', [], false],
    ['behind an answer', [`${ok}Content-Length: 0\r\n\r\n${ok}`], false],
    ['behind an answer, in a chunk of their own', [`${ok}Content-Length: 0\r\n\r\n`, 'x'], false],
    ['behind an answer, before the next is expected', [`${ok}Content-Length: 0\r\n\r\n${ok}`], true],
  ])('bytes that come %s are malformed', (_, chunks, isExpected) => {
    const reader = new AnswerReader(testLimits);
    if (chunks.length > 0) reader.expect('GET');
    const events = [];
    for (const chunk of chunks.length > 0 ? chunks : ['x']) {
      reader.feed(Buffer.from(chunk));
      for (let event = reader.next(); event !== 'none'; event = reader.next()) {
        events.push(event);
        if (event === 'end' && isExpected) reader.expect('GET');
      }
    }
    expect([events.at(-1), reader.problem.text]).toEqual(['malformed', 'bytes that answer no request']);
  });

  it('expect() refuses to be called within an answer, and for CONNECT', () => {
    const reader = fed(`${ok}Content-Length: 3\r\n\r\n`);
    expect([reader.next(), reader.next()]).toEqual(['head', 'none']);
    expect(() => reader.expect('GET')).toThrow(TypeError);
    expect(() => new AnswerReader(testLimits).expect('CONNECT')).toThrow(TypeError);
  });

  it.each([
    ['1.1', '', true],
    ['1.1', 'Connection: close\r\n', false],
    ['1.0', '', false],
    ['1.0', 'Connection: keep-alive\r\n', true],
  ])('an answer of %s with "%s": keepsAlive is %s', (version, lines, keepsAlive) => {
    const reader = fed(`HTTP/${version} 200 OK\r\n${lines}Content-Length: 0\r\n\r\n`);
    expect([reader.next(), reader.head.keepsAlive]).toEqual(['head', keepsAlive]);
  });
});

const version = 'not HTTP/1.1 or HTTP/1.0';
const status = 'not a status from 100 to 599';
const both = 'content-length and transfer-encoding';

it.each<[string, string, string]>([
  ['an empty line first', `\r\n${ok}\r\n`, version],
  ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', version],
  ['version 2', 'HTTP/2 200\r\n\r\n', version],
  ['version 1.2', 'HTTP/1.2 200 OK\r\n\r\n', version],
  ['a tab behind the version', 'HTTP/1.1\t200 OK\r\n\r\n', version],
  ['no status', 'HTTP/1.1 \r\n\r\n', status],
  ['a status of words', 'HTTP/1.1 abc OK\r\n\r\n', status],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', status],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', status],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n', status],
  ['a status above 599', 'HTTP/1.1 600 OK\r\n\r\n', status],
  ['a tab behind the status', 'HTTP/1.1 200\tOK\r\n\r\n', status],
  ['a NUL in the reason', 'HTTP/1.1 200 O\0K\r\n\r\n', 'control byte in the reason'],
  ['a bare CR in the reason', 'HTTP/1.1 200 O\rK\r\n\r\n', 'control byte in the reason'],
  ['LF lines', 'HTTP/1.1 200 OK\nA: b\n\n', 'control byte or line not ended by CRLF'],
  ['length and chunks', `${ok}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n`, both],
  [
    'length and chunks of an interim answer',
    `HTTP/1.1 100 \r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n`,
    both,
  ],
  ['two lengths', `${ok}Content-Length: 3\r\nContent-Length: 3\r\n\r\n`, 'content-length twice'],
  ['gzip, chunked', `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`, 'transfer-encoding is not just chunked'],
  ['identity', `${ok}Transfer-Encoding: identity\r\n\r\n`, 'transfer-encoding is not just chunked'],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'transfer-encoding in HTTP/1.0'],
  ['a folded line', `${ok}A: b\r\n c\r\n\r\n`, 'not a header name with a colon behind it'],
  [
    'an interim answer that closes',
    'HTTP/1.1 100 \r\nConnection: close\r\n\r\n',
    'interim answer that closes the connection',
  ],
])('next() refuses an answer with %s', (_, text, problem) => {
  expect(readAnswers(whole(text), ['GET'])).toEqual({ messages: [], end: 'malformed', problem });
  expect(readAnswers(bytewise(text), ['HEAD'])).toMatchObject({ messages: [], end: 'malformed' });
});
