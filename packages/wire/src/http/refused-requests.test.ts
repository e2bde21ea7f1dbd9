// What may be read in two ways is refused: RFC 9112, and the ways in which others were attacked.
import { expect, it } from 'vitest';
import { bytewise, readRequests, whole } from './read-all.testkit.ts';

const get = 'GET / HTTP/1.1\r\n';
const post = 'POST / HTTP/1.1\r\n';
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;
const target = (text: string): string => `GET ${text} HTTP/1.1\r\n\r\n`;
const length = (text: string): string => `${post}Content-Length:${text}\r\n\r\nabcdef`;
const coding = (text: string): string => `${post}Transfer-Encoding:${text}\r\n\r\n0\r\n\r\n`;

const name = 'not a header name with a colon behind it';
const value = 'control byte in a header value';
const lineEnd = 'control byte or line not ended by CRLF';
const method = 'not a method that is served';
const noTarget = 'not a request target';
const version = 'not HTTP/1.1 or HTTP/1.0';
const noLength = 'content-length is not a number of at most 15 digits';
const noCoding = 'transfer-encoding is not just chunked';
const both = 'content-length and transfer-encoding';
const size = 'not a chunk size of at most 13 hexadecimal digits';
const extension = 'malformed chunk extension';

it.each<[string, string, string]>([
  ['two empty lines first', `\r\n\r\n${get}\r\n`, method],
  ['a bare LF first', `\n${get}\r\n`, method],
  ['a bare CR first', `\r${get}\r\n`, lineEnd],
  ['a space first', ` ${get}\r\n`, method],
  ['a method in lower case', 'get / HTTP/1.1\r\n\r\n', method],
  ['an unknown method', 'FOO / HTTP/1.1\r\n\r\n', method],
  ['CONNECT', 'CONNECT a.test:443 HTTP/1.1\r\n\r\n', method],
  ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\n', method],
  ['two spaces behind the method', 'GET  / HTTP/1.1\r\n\r\n', noTarget],
  ['a tab behind the method', 'GET\t/ HTTP/1.1\r\n\r\n', method],
  ['no target', 'GET HTTP/1.1\r\n\r\n', noTarget],
  ['an empty target', target(''), noTarget],
  ['a space in the target', target('/a b'), version],
  ['a NUL in the target', target('/\0'), noTarget],
  ['a byte above ASCII in the target', target('/\xe9'), noTarget],
  ['a fragment', target('/a#b'), noTarget],
  ['a relative path', target('a/b'), noTarget],
  ['authority-form', target('a.test:80'), noTarget],
  ['asterisk and more', target('*a'), noTarget],
  ['no authority', target('http:///x'), noTarget],
  ['user information', target('http://a@b/'), noTarget],
  ['no slashes behind the scheme', target('http:a/b'), noTarget],
  ['a control byte in the authority', target('http://a\x7f/'), noTarget],
  ['a backslash in the authority', target('http://a\\b/'), noTarget],
  ['no version', 'GET /\r\n\r\n', noTarget],
  ['version 0.9', 'GET / HTTP/0.9\r\n\r\n', version],
  ['version 1.2', 'GET / HTTP/1.2\r\n\r\n', version],
  ['version 2.0', 'GET / HTTP/2.0\r\n\r\n', version],
  ['version in lower case', 'GET / http/1.1\r\n\r\n', version],
  ['a space behind the version', 'GET / HTTP/1.1 \r\n\r\n', version],
  ['LF lines', 'GET / HTTP/1.1\nHost: a\n\n', lineEnd],
  ['a bare LF between headers', `${get}A: b\nC: d\r\n\r\n`, value],
  ['a bare LF at the end', `${get}A: b\r\n\n`, lineEnd],
  ['a bare CR in a value', `${get}A: b\rC: d\r\n\r\n`, value],
  ['a NUL in a value', `${get}A: b\0c\r\n\r\n`, value],
  ['DEL in a value', `${get}A: b\x7fc\r\n\r\n`, value],
  ['a folded line', `${get}A: b\r\n c\r\n\r\n`, name],
  ['a line folded with a tab', `${get}A: b\r\n\tc\r\n\r\n`, name],
  ['a first line that is folded', `${get} A: b\r\n\r\n`, name],
  ['a space before the colon', `${get}A : b\r\n\r\n`, name],
  ['a tab before the colon', `${get}A\t: b\r\n\r\n`, name],
  ['an empty name', `${get}: b\r\n\r\n`, name],
  ['no colon', `${get}A\r\n\r\n`, name],
  ['a byte above ASCII in a name', `${get}A\xe9: b\r\n\r\n`, name],
  ['a NUL in a name', `${get}A\0: b\r\n\r\n`, name],
  ['parentheses in a name', `${get}A(b): c\r\n\r\n`, name],
  ['a sign', length(' +3'), noLength],
  ['a minus', length(' -3'), noLength],
  ['hexadecimal', length(' 0x3'), noLength],
  ['a fraction', length(' 3.0'), noLength],
  ['a list of lengths', length(' 3, 3'), noLength],
  ['a space between digits', length(' 3 3'), noLength],
  ['an empty length', length(''), noLength],
  ['16 digits', length(' 0000000000000003'), noLength],
  ['a tab before the length', length('\t3'), 'tab in a framing header'],
  ['two equal lengths', length(' 3\r\nContent-Length: 3'), 'content-length twice'],
  ['two lengths', length(' 3\r\ncontent-length: 4'), 'content-length twice'],
  ['length and chunks', length(' 3\r\nTransfer-Encoding: chunked'), both],
  ['chunks and length', coding(' chunked\r\nContent-Length: 0'), both],
  ['chunked twice', coding(' chunked\r\nTransfer-Encoding: chunked'), 'transfer-encoding twice'],
  ['chunked, chunked', coding(' chunked, chunked'), noCoding],
  ['chunked, identity', coding(' chunked, identity'), noCoding],
  ['gzip, chunked', coding(' gzip, chunked'), noCoding],
  ['identity', coding(' identity'), noCoding],
  ['an empty coding', coding(''), noCoding],
  ['a comma behind chunked', coding(' chunked,'), noCoding],
  ['a parameter', coding(' chunked;a=b'), noCoding],
  ['quotes', coding(' "chunked"'), noCoding],
  ['xchunked', coding(' xchunked'), noCoding],
  ['a vertical tab', coding(' \x0bchunked'), value],
  ['a tab behind chunked', coding(' chunked\t'), 'tab in a framing header'],
  ['a folded coding', coding('\r\n chunked'), noCoding],
  ['chunks in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n', 'transfer-encoding in HTTP/1.0'],
])('next() refuses a head with %s', (_, text, problem) => {
  expect(readRequests(whole(text))).toEqual({ messages: [], end: 'malformed', problem });
  const seen = readRequests(bytewise(text));
  expect([seen.messages, seen.end]).toEqual([[], 'malformed']);
});

it.each<[string, string, string]>([
  ['no size', '\r\nabc\r\n', size],
  ['a sign', '+3\r\nabc\r\n', size],
  ['a minus', '-3\r\nabc\r\n', size],
  ['a prefix', '0x3\r\nabc\r\n', size],
  ['a space before the size', ' 3\r\nabc\r\n', size],
  ['a space behind the size', '3 \r\nabc\r\n', size],
  ['a size of 14 digits', '00000000000003\r\nabc\r\n', size],
  ['a size of 17 digits', 'fffffffffffffffff\r\nabc\r\n', size],
  ['LF behind the size', '3\nabc\r\n', size],
  ['CR only behind the size', '3\rabc\r\n', lineEnd],
  ['LF behind the data', '3\r\nabc\n0\r\n\r\n', 'chunk not ended by CRLF'],
  ['CR only behind the data', '3\r\nabc\r0\r\n\r\n', 'chunk not ended by CRLF'],
  ['more data than its size', '3\r\nabcd\r\n0\r\n\r\n', 'chunk not ended by CRLF'],
  ['an empty extension', '3;\r\nabc\r\n', extension],
  ['a space in an extension', '3; a\r\nabc\r\n', extension],
  ['an extension without name', '3;=a\r\nabc\r\n', extension],
  ['an extension without value', '3;a=\r\nabc\r\n', extension],
  ['an open quote', '3;a="b\r\nabc\r\n', extension],
  ['text behind a quote', '3;a="b"c\r\nabc\r\n', extension],
  ['a LF in an extension', '3;a\nb\r\nabc\r\n', extension],
  ['a LF in a quote', '3;a="\n"\r\nabc\r\n', extension],
  ['LF behind the last chunk', '0\n\r\n', size],
  ['LF at the end', '0\r\n\n', lineEnd],
  ['CR only at the end', '0\r\n\rG', lineEnd],
  ['a trailer without name', '0\r\n: b\r\n\r\n', name],
  ['a folded trailer', '0\r\nA: b\r\n c\r\n\r\n', name],
  ['a NUL in a trailer', '0\r\nA: \0\r\n\r\n', value],
  ['a length as trailer', '0\r\nContent-Length: 3\r\n\r\n', 'framing or connection header among the trailers'],
  ['a coding as trailer', '0\r\nTransfer-Encoding: chunked\r\n\r\n', 'framing or connection header among the trailers'],
  ['Connection as trailer', '0\r\nConnection: close\r\n\r\n', 'framing or connection header among the trailers'],
])('next() refuses a chunk with %s', (_, text, problem) => {
  for (const chunks of [whole(chunked + text), bytewise(chunked + text)]) {
    const seen = readRequests(chunks);
    expect(seen).toMatchObject({ end: 'malformed', messages: [{ isWhole: false }] });
    if (chunks.length === 1) expect(seen.problem).toBe(problem);
  }
});

it.each<[string, string]>([
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['a line of LF', 'GET / HTTP/1.1\n'],
  ['an unknown version', 'GET / HTTP/3.0\r\n'],
  ['a bare CR', 'GET /\rx'],
])('next() does not wait for the end of what begins as %s', (_, text) => {
  for (const before of ['', `${get}\r\n`]) {
    expect(readRequests(whole(before + text)).end).toBe('malformed');
    expect(readRequests(bytewise(before + text)).end).toBe('malformed');
  }
});

const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const text = /[\t\x20-\x7e\x80-\xff]/;

it.each<[string, (byte: string) => string, (byte: string) => boolean]>([
  ['name', (byte) => `${get}a${byte}b: c\r\n\r\n`, (byte) => `:!#$%&'*+-.^_\`|~${letters}`.includes(byte)],
  ['value', (byte) => `${get}A: b${byte}c\r\n\r\n`, (byte) => text.test(byte)],
  ['path', (byte) => target(`/${byte}a`), (byte) => /[!-~]/.test(byte) && byte !== '#'],
  ['authority', (byte) => target(`http://${byte}a`), (byte) => `-._~!$&'()*+,;=:%[]${letters}`.includes(byte)],
  ['chunk size', (byte) => `${chunked}0${byte}`, (byte) => /[0-9a-fA-F;\r]/.test(byte)],
  ['extension', (byte) => `${chunked}0;a${byte}`, (byte) => `;=\r!#$%&'*+-.^_\`|~${letters}`.includes(byte)],
  ['quoted extension', (byte) => `${chunked}0;a="${byte}`, (byte) => text.test(byte)],
])('next() refuses each byte that has no place in a %s, and no other', (_, textWith, isAllowed) => {
  for (let code = 0; code < 256; code++) {
    const byte = String.fromCharCode(code);
    const { end, problem } = readRequests(whole(textWith(byte)));
    expect([code, end, problem !== '']).toEqual([code, isAllowed(byte) ? 'open' : 'malformed', !isAllowed(byte)]);
  }
});
