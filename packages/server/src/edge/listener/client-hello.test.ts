import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alpnExtension, extension, helloBody, serverNameExtension, uint16, vector } from './client-hello.testkit.ts';
import { type ClientHello, parseClientHello } from './client-hello.ts';

const name = serverNameExtension('a.localhost');

test.each<[string, Buffer, ClientHello | undefined]>([
  ['without extensions', helloBody(null), { serverName: null, alpnProtocols: [] }],
  ['with an empty extension block', helloBody([]), { serverName: null, alpnProtocols: [] }],
  ['with a name', helloBody([name]), { serverName: 'a.localhost', alpnProtocols: [] }],
  ['with an address as name', helloBody([serverNameExtension('127.0.0.1')]), { serverName: null, alpnProtocols: [] }],
  [
    'with protocols in their order',
    helloBody([alpnExtension('http/1.1', 'h2', '\x8a\x8a')]),
    { serverName: null, alpnProtocols: ['http/1.1', 'h2', '\x8a\x8a'] },
  ],
  [
    'with extensions it does not know',
    helloBody([extension(0x0a0a, Buffer.alloc(0)), name, extension(0x1a1a, Buffer.alloc(9))]),
    { serverName: 'a.localhost', alpnProtocols: [] },
  ],
  ['of SSL 2', helloBody([name], { version: 0x0200 }), undefined],
  ['without ciphers', helloBody([name], { ciphers: Buffer.alloc(0) }), undefined],
  ['with half a cipher', helloBody([name], { ciphers: Buffer.alloc(3) }), undefined],
  ['with bytes after the extensions', Buffer.concat([helloBody([name]), Buffer.alloc(1)]), undefined],
  ['with the same extension twice', helloBody([name, name]), undefined],
  ['with two names', helloBody([serverNameExtension('a.localhost', 'b.localhost')]), undefined],
  ['with an empty name', helloBody([serverNameExtension('')]), undefined],
  ['with an empty list of names', helloBody([serverNameExtension()]), undefined],
  ['with a name that is no host name', helloBody([serverNameExtension('a/../b')]), undefined],
  ['with a NUL in the name', helloBody([serverNameExtension('a.localhost\0.evil')]), undefined],
  ['with an unknown type of name', helloBody([extension(0, vector(2, Buffer.from([1, 0, 1, 97])))]), undefined],
  ['with bytes after the list of names', helloBody([extension(0, Buffer.from([0, 4, 0, 0, 1, 97, 0]))]), undefined],
  ['with an empty list of protocols', helloBody([alpnExtension()]), undefined],
  ['with an empty protocol', helloBody([alpnExtension('h2', '')]), undefined],
  ['with an extension longer than the block', helloBody([Buffer.concat([uint16(5), uint16(9)])]), undefined],
])('parseClientHello() reads a hello %s', (_title, body, expected) => {
  const { serverName, alpnProtocols } = parseClientHello(body) ?? {};
  expect(alpnProtocols && { serverName, alpnProtocols }).toEqual(expected);
});

test('parseClientHello() answers for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const hello = parseClientHello(bytes);
      expect(hello === undefined || Array.isArray(hello.alpnProtocols)).toBe(true);
    }),
  );
});

test('parseClientHello() reads no hello that was cut short', () => {
  const body = helloBody([name, alpnExtension('h2')]);
  // A TLS 1.2 hello without extensions ends before the two bytes of their length.
  const withoutExtensions = helloBody(null).length;
  for (let length = 0; length < body.length; length++) {
    if (length !== withoutExtensions) expect(parseClientHello(body.subarray(0, length))).toBeUndefined();
  }
});
