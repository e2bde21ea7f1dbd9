// T1 to T9: what may be read in two ways is refused, and nothing of it reaches the upstream.
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { exchangeBytes, fakeLink, fakeRoute, readAll, startFront } from './http-front.testkit.ts';

const post = 'POST / HTTP/1.1\r\nHost: app.example.test\r\n';
const get = 'GET / HTTP/1.1\r\nHost: app.example.test\r\n';
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;
const host = (value: string): string => `GET / HTTP/1.1\r\nHost: ${value}\r\n\r\n`;
const target = (text: string): string => `GET ${text} HTTP/1.1\r\nHost: app.example.test\r\n\r\n`;

const refused: [string, string][] = [
  ['T1 length and chunks', `${post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['T1 chunks and length', `${post}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n`],
  ['T1 equal lengths twice', `${post}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`],
  ['T1 unequal lengths', `${post}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`],
  ['T1 signed length', `${post}Content-Length: +5\r\n\r\nabcde`],
  ['T1 negative length', `${post}Content-Length: -5\r\n\r\nabcde`],
  ['T1 hexadecimal length', `${post}Content-Length: 0x5\r\n\r\nabcde`],
  ['T1 list of lengths', `${post}Content-Length: 5, 5\r\n\r\nabcde`],
  ['T1 length with a space', `${post}Content-Length: 5 5\r\n\r\nabcde`],
  ['T1 empty length', `${post}Content-Length:\r\n\r\nabcde`],
  ['T1 length past 2^64', `${post}Content-Length: 99999999999999999999999\r\n\r\nabcde`],
  ['T1 length past 2^53', `${post}Content-Length: 18446744073709551615\r\n\r\nabcde`],
  ['T2 chunked, identity', `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
  ['T2 identity', `${post}Transfer-Encoding: identity\r\n\r\n0\r\n\r\n`],
  ['T2 gzip, chunked', `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ['T2 xchunked', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ['T2 vertical tab', `${post}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
  ['T2 two lines', `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  [
    'T2 two lines, the second other',
    `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
  ],
  ['T2 empty', `${post}Transfer-Encoding:\r\n\r\n0\r\n\r\n`],
  ['T2 in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: app.example.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['T3 bare CR in a value', `${get}X: a\rb\r\n\r\n`],
  ['T3 bare LF lines', 'GET / HTTP/1.1\nHost: app.example.test\n\n'],
  ['T3 one bare LF', 'GET / HTTP/1.1\r\nHost: app.example.test\nX: y\r\n\r\n'],
  ['T3 bare LF at the end', `${get}\n`],
  ['T3 NUL in a value', `${get}X: a\0b\r\n\r\n`],
  ['T3 control byte in a value', `${get}X: a\x01b\r\n\r\n`],
  ['T3 folded line', `${get}X: a\r\n b\r\n\r\n`],
  ['T3 folded Transfer-Encoding', `${post}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
  ['T3 space before the colon', `${get}X : y\r\n\r\n`],
  ['T3 space before the first line', 'GET / HTTP/1.1\r\n Host: app.example.test\r\n\r\n'],
  ['T3 no colon', `${get}X\r\n\r\n`],
  ['T3 empty name', `${get}: y\r\n\r\n`],
  ['T3 byte above ASCII in a name', `${get}X\xe9: y\r\n\r\n`],
  ['T3 tab behind the method', 'GET\t/ HTTP/1.1\r\nHost: app.example.test\r\n\r\n'],
  ['T3 space behind the version', 'GET / HTTP/1.1 \r\nHost: app.example.test\r\n\r\n'],
  ['version 2.0', 'GET / HTTP/2.0\r\nHost: app.example.test\r\n\r\n'],
  ['version 0.9', 'GET / HTTP/0.9\r\nHost: app.example.test\r\n\r\n'],
  ['no version', 'GET /\r\n\r\n'],
  ['version 1.2', 'GET / HTTP/1.2\r\nHost: app.example.test\r\n\r\n'],
  ['HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['method in lower case', 'get / HTTP/1.1\r\nHost: app.example.test\r\n\r\n'],
  ['TLS bytes', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['another expectation', `${post}Expect: 200-ok\r\nContent-Length: 0\r\n\r\n`],
  ['T7 no Host', 'GET / HTTP/1.1\r\n\r\n'],
  ['T7 no Host in 1.0', 'GET / HTTP/1.0\r\n\r\n'],
  ['T7 no Host beside absolute-form', 'GET https://app.example.test/ HTTP/1.1\r\n\r\n'],
  ['T7 no Host beside absolute-form in 1.0', 'GET https://app.example.test/ HTTP/1.0\r\n\r\n'],
  ['T7 Host twice', `${get}Host: app.example.test\r\n\r\n`],
  ['T7 empty Host', host('')],
  ['T7 list of hosts', host('app.example.test, app.example.test')],
  ['T7 userinfo', host('user@app.example.test')],
  ['T7 bad port', host('app.example.test:99999')],
  ['T7 empty port', host('app.example.test:')],
  ['T7 percent-encoded host', host('app%2eexample.test')],
  ['T7 raw IDN', host('b\xfccher.example.test')],
  ['T7 two trailing dots', host('app.example.test..')],
  ['T7 absolute-form of another host', target('https://evil.test/x')],
  ['T7 absolute-form of another scheme', target('http://app.example.test/x')],
  ['T7 absolute-form with userinfo', target('https://user@app.example.test/x')],
  ['T7 CONNECT', 'CONNECT app.example.test:443 HTTP/1.1\r\nHost: app.example.test:443\r\n\r\n'],
  ['T8 space in the path', target('/a b')],
  ['T8 NUL in the path', target('/a\0b')],
  ['T8 raw byte above ASCII', target('/\xe9')],
  ['T8 relative path', target('a')],
  ['T8 asterisk for GET', target('*')],
  ['T9 fragment', target('/a#b')],
];

async function start() {
  const seen: string[] = [];
  const front = await startFront();
  const reached = Promise.withResolvers<string>();
  const raw = (stream: Duplex): void => {
    reached.resolve('It reached the upstream');
    stream.on('data', (chunk: Buffer) => seen.push(chunk.toString('latin1')));
  };
  const link = fakeLink({ raw });
  front.publish(fakeRoute('app.example.test', { link }));
  return { front, link, seen, reached: reached.promise };
}

test.each(refused)(
  '[invariant: decide-on-what-is-forwarded] %s: 400 with code 9002, and nothing reaches the upstream',
  async (_, bytes) => {
    const { front, link, reached } = await start();
    const text = await Promise.race([exchangeBytes(front.port, bytes), reached]);
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(text).toContain('adit-error-code: ERR_ADIT_9002\r\n');
    expect(text).toMatch(/adit-request-id: req_[0-9A-Za-z]{27}\r\n/);
    expect(link.opened).toHaveLength(0);
    expect(front.counted).toMatchObject({ statuses: [400], active: 0 });
  },
);

test.each<[string, string]>([
  ['size that overflows', 'FFFFFFFFFFFFFFFFF\r\nabc'],
  ['size with a prefix', '0x3\r\nabc\r\n0\r\n\r\n'],
  ['size with a space', '3 \r\nabc\r\n0\r\n\r\n'],
  ['negative size', '-3\r\nabc\r\n0\r\n\r\n'],
  ['no size', '\r\nabc\r\n0\r\n\r\n'],
  ['bare LF', '3\nabc\n0\n\n'],
  ['LF inside an extension', '3;a\nb\r\nabc\r\n0\r\n\r\n'],
  ['flood of extensions', `3;${'a'.repeat(20_000)}\r\nabc\r\n0\r\n\r\n`],
  ['more data than the size', '3\r\nabcd\r\n0\r\n\r\n'],
  ['a length as trailer', '0\r\nContent-Length: 5\r\n\r\n'],
])('T4 chunks with %s: 400, and the upstream never sees a whole request', async (_, body) => {
  const { front, seen } = await start();
  const text = await exchangeBytes(front.port, chunked + body);
  expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(text).toContain('adit-error-code: ERR_ADIT_9002\r\n');
  expect(seen.join('')).not.toContain('\r\n0\r\n\r\n');
});

test.each<[string, string]>([
  ['long line', `${get}X: ${'a'.repeat(40_000)}\r\n\r\n`],
  ['long path', target(`/${'a'.repeat(40_000)}`)],
  ['many lines', `${get}${'a: b\r\n'.repeat(201)}\r\n`],
])('a head with a %s is 431 with code 9006', async (_, bytes) => {
  const { front, link } = await start();
  const text = await exchangeBytes(front.port, bytes);
  expect(text).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
  expect(text).toContain('adit-error-code: ERR_ADIT_9006\r\n');
  expect(link.opened).toHaveLength(0);
});

test('what follows a request as garbage makes no second request', async () => {
  const front = await startFront();
  const link = fakeLink((_, answer) => answer.end('ok'));
  front.publish(fakeRoute('app.example.test', { link }));
  const text = await exchangeBytes(front.port, `${get}Content-Length: 0\r\n\r\nGARBAGE\r\n\r\n`);
  expect(text).toMatch(/^HTTP\/1\.1 200 [^]*HTTP\/1\.1 400 /);
  expect(link.opened).toHaveLength(1);
});

test('a visitor that leaves in the middle of a head costs nothing', async () => {
  const { front, link } = await start();
  const socket = net.connect(front.port, '127.0.0.1');
  socket.end('GET / HTTP/1.1\r\nHo');
  expect(await readAll(socket)).toBe('');
  await expect.poll(() => front.front.connectionCount).toBe(0);
  expect(link.opened).toHaveLength(0);
});

test.each<[string, string]>([
  ['case and trailing dot of the host', 'GET / HTTP/1.1\r\nHost: APP.Example.Test.:8443\r\n'],
  ['absolute-form of the same host', 'GET https://app.example.test/ HTTP/1.1\r\nHost: App.example.test\r\n'],
  ['an empty line before the request', '\r\nGET / HTTP/1.1\r\nHost: app.example.test\r\n'],
  ['HTTP/1.0 with a Host', 'GET / HTTP/1.0\r\nHost: app.example.test\r\n'],
  ['chunked in capitals', 'POST / HTTP/1.1\r\nHost: app.example.test\r\nTransfer-Encoding: CHUNKED\r\n'],
])('%s is served', async (_, head) => {
  const { front, seen } = await start();
  void exchangeBytes(front.port, `${head}\r\n`);
  await expect.poll(() => seen.join('')).toMatch(/^(GET|POST) \/ HTTP\/1\.1\r\nHost: /);
});

test('trailers that would change the head are dropped, others pass', async () => {
  const { front, seen } = await start();
  const trailers = 'Host: evil.test\r\nAuthorization: x\r\nX-Forwarded-For: 1.1.1.1\r\nX-Digest: ok\r\n';
  void exchangeBytes(front.port, `${chunked}3\r\nabc\r\n0\r\n${trailers}\r\n`);
  await expect.poll(() => seen.join('')).toMatch(/3\r\nabc\r\n0\r\nX-Digest: ok\r\n\r\n$/);
  expect(seen.join('')).not.toContain('evil');
});
