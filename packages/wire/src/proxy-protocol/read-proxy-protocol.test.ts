import { isIPv4, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConnectionEnds } from './connection-ends.ts';
import { crc32c } from './crc32c.ts';
import { encodeProxyProtocol } from './encode-proxy-protocol.ts';
import { binaryHeader, ipv4Addresses, proxyHeaders, typedValue } from './proxy-header.testkit.ts';
import { type ProxyProtocolProgress, readProxyProtocol } from './read-proxy-protocol.ts';

const maxBytes = 4_096;
const read = (bytes: Buffer): ProxyProtocolProgress => readProxyProtocol(bytes, maxBytes);
const v4: ConnectionEnds = { clientIp: '203.0.113.9', clientPort: 51_234, serverIp: '192.0.2.1', serverPort: 443 };
const v6: ConnectionEnds = { clientIp: '2001:db8::7', clientPort: 51_234, serverIp: '2001:db8::1', serverPort: 443 };

const corpus: [string, ConnectionEnds | null][] = [
  ['v1-tcp4', v4],
  ['v1-tcp6', v6],
  ['v1-unknown', null],
  ['v2-local', null],
  ['v2-tcp4', v4],
  ['v2-tcp4-checksum', v4],
  ['v2-tcp4-vpc-endpoint', v4],
  ['v2-tcp6', v6],
];

test('the table of headers covers the corpus', () => {
  expect(corpus.map(([name]) => name)).toEqual([...proxyHeaders.keys()].toSorted());
});

describe.each(corpus)('the header %s', (name, ends) => {
  const bytes = proxyHeaders.get(name) ?? Buffer.alloc(0);
  const complete = { status: 'complete', ends, bytesUsed: bytes.length };

  test('is read whole, and what follows is left', () => {
    expect(read(bytes)).toEqual(complete);
    expect(read(Buffer.concat([bytes, bytes, Buffer.from('GET /')]))).toEqual(complete);
  });

  test('is waited for to its last byte', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(read(bytes.subarray(0, length)), `${length} bytes`).toEqual({ status: 'incomplete' });
    }
  });

  test('is refused as soon as a byte of its start is another', () => {
    for (let at = 0; at < 6; at++) {
      const changed = Buffer.from(bytes.subarray(0, at + 1));
      changed[at] = (changed[at] ?? 0) ^ 0x20;
      expect(read(changed)).toEqual({ status: 'invalid' });
    }
  });
});

test.each<[string, ConnectionEnds | null]>([
  [
    'PROXY TCP4 0.0.0.0 255.255.255.255 0 65535',
    { clientIp: '0.0.0.0', clientPort: 0, serverIp: '255.255.255.255', serverPort: 65_535 },
  ],
  ['PROXY TCP6 2001:DB8:0:0::7 ::1 1 2', { clientIp: '2001:db8::7', clientPort: 1, serverIp: '::1', serverPort: 2 }],
  ['PROXY TCP6 ::ffff:203.0.113.9 ::1 1 2', { clientIp: '203.0.113.9', clientPort: 1, serverIp: '::1', serverPort: 2 }],
  [
    'PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535',
    {
      clientIp: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
      clientPort: 65_535,
      serverIp: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
      serverPort: 65_535,
    },
  ],
  ['PROXY UNKNOWN ffff::1 whatever \x00 it says', null],
])('readProxyProtocol() reads %j', (line, ends) => {
  const bytes = Buffer.from(`${line}\r\n`, 'latin1');
  expect(read(bytes)).toEqual({ status: 'complete', ends, bytesUsed: bytes.length });
});

test.each([
  'PROXY',
  'PROXY ',
  'PROXY TCP4',
  'proxy TCP4 1.1.1.1 2.2.2.2 1 2',
  'PROXY tcp4 1.1.1.1 2.2.2.2 1 2',
  'PROXY TCP5 1.1.1.1 2.2.2.2 1 2',
  'PROXY  TCP4 1.1.1.1 2.2.2.2 1 2',
  'PROXY TCP4  1.1.1.1 2.2.2.2 1 2',
  'PROXY TCP4 1.1.1.1 2.2.2.2 1 2 ',
  'PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3',
  'PROXY TCP4 1.1.1.1 2.2.2.2 1',
  'PROXY TCP4 1.1.1.1\t2.2.2.2 1 2',
  'PROXY TCP4 1.1.1.01 2.2.2.2 1 2',
  'PROXY TCP4 1.1.1.256 2.2.2.2 1 2',
  'PROXY TCP4 1.1.1 2.2.2.2 1 2',
  'PROXY TCP4 1.1.1.1 2.2.2 1 2',
  'PROXY TCP4 ::1 2.2.2.2 1 2',
  'PROXY TCP6 1.1.1.1 ::1 1 2',
  'PROXY TCP6 ::1 2.2.2.2 1 2',
  'PROXY TCP6 fe80::1%eth0 ::1 1 2',
  'PROXY TCP6 [::1] ::1 1 2',
  'PROXY TCP4 1.1.1.1 2.2.2.2 65536 2',
  'PROXY TCP4 1.1.1.1 2.2.2.2 1 65536',
  'PROXY TCP4 1.1.1.1 2.2.2.2 01 2',
  'PROXY TCP4 1.1.1.1 2.2.2.2 -1 2',
  'PROXY TCP4 1.1.1.1 2.2.2.2 1e3 2',
  'PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n',
  'PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r',
  'PROXY UNKNOWNS',
  'GET / HTTP/1.1',
])('readProxyProtocol() refuses %j', (line) => {
  expect(read(Buffer.from(`${line}\r\n`))).toEqual({ status: 'invalid' });
});

test('readProxyProtocol() waits for 107 bytes of a line and no more', () => {
  const line = (length: number): Buffer => Buffer.from(`PROXY UNKNOWN ${'x'.repeat(length - 16)}\r\n`);
  expect(read(line(107))).toMatchObject({ status: 'complete', bytesUsed: 107 });
  expect(read(line(108))).toEqual({ status: 'invalid' });
  expect(read(line(108).subarray(0, 106))).toEqual({ status: 'incomplete' });
  expect(read(line(108).subarray(0, 107))).toEqual({ status: 'invalid' });
});

const unix = Buffer.alloc(216, '/run/socket');
test.each<[string, Buffer, ConnectionEnds | null]>([
  ['LOCAL with addresses', binaryHeader([0x20, 0x11], ipv4Addresses), null],
  ['LOCAL with anything', binaryHeader([0x20, 0xff], Buffer.from('anything')), null],
  ['no family', binaryHeader([0x21, 0x00]), null],
  ['no family but content', binaryHeader([0x21, 0x00], Buffer.from('anything')), null],
  ['Unix sockets', binaryHeader([0x21, 0x31], unix), null],
  ['padding', binaryHeader([0x21, 0x11], Buffer.concat([ipv4Addresses, typedValue(4, Buffer.alloc(9))])), v4],
  ['an empty value', binaryHeader([0x21, 0x11], Buffer.concat([ipv4Addresses, typedValue(0xe0, Buffer.alloc(0))])), v4],
  [
    'an IPv4-mapped address',
    binaryHeader([0x21, 0x21], Buffer.from(`${'0'.repeat(20)}ffffcb007109${'0'.repeat(32)}c82201bb`, 'hex')),
    { ...v4, serverIp: '::' },
  ],
  ['as many bytes as are allowed', binaryHeader([0x20, 0x00], Buffer.alloc(maxBytes - 16)), null],
])('readProxyProtocol() reads version 2 with %s', (_, bytes, ends) => {
  expect(read(bytes)).toEqual({ status: 'complete', ends, bytesUsed: bytes.length });
  expect(read(bytes.subarray(0, -1))).toEqual({ status: 'incomplete' });
});

const withValues = (values: Buffer): Buffer => binaryHeader([0x21, 0x11], Buffer.concat([ipv4Addresses, values]));
test.each<[string, Buffer]>([
  ['another version', binaryHeader([0x11, 0x11], ipv4Addresses)],
  ['another command', binaryHeader([0x22, 0x11], ipv4Addresses)],
  ['datagrams', binaryHeader([0x21, 0x12], ipv4Addresses)],
  ['no transport', binaryHeader([0x21, 0x10], ipv4Addresses)],
  ['an unknown family', binaryHeader([0x21, 0x41], unix)],
  ['too few bytes for IPv4', binaryHeader([0x21, 0x11], ipv4Addresses.subarray(1))],
  ['too few bytes for IPv6', binaryHeader([0x21, 0x21], ipv4Addresses)],
  ['too few bytes for Unix sockets', binaryHeader([0x21, 0x31], unix.subarray(1))],
  ['half a value', withValues(Buffer.from([4, 0]))],
  ['a value longer than the header', withValues(Buffer.from([4, 0, 2, 0]))],
  ['a checksum that is cut off', withValues(Buffer.from([3, 0, 4, 0]))],
  ['a wrong checksum', withValues(typedValue(3, Buffer.alloc(4)))],
  ['a checksum of another size', withValues(typedValue(3, Buffer.alloc(3)))],
])('readProxyProtocol() refuses version 2 with %s', (_, bytes) => {
  expect(read(bytes)).toEqual({ status: 'invalid' });
});

test('readProxyProtocol() refuses an announced length that is too short or over the bound before the content comes', () => {
  expect(read(binaryHeader([0x21, 0x11], Buffer.alloc(0), 11))).toEqual({ status: 'invalid' });
  const announced = binaryHeader([0x20, 0x00], Buffer.alloc(0), maxBytes - 15);
  expect(read(announced)).toEqual({ status: 'invalid' });
});

test('a change of any byte under a checksum is refused', () => {
  const bytes = proxyHeaders.get('v2-tcp4-checksum')!;
  // With another type it would be no checksum.
  const typeAt = bytes.length - 7;
  for (let at = 16; at < bytes.length; at++) {
    if (at === typeAt) continue;
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(read(changed), `byte ${at}`).toEqual({ status: 'invalid' });
  }
});

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4().map((ip) => `::ffff:${ip}`),
  fc.constantFrom('::', '::1', '::1.2.3.4'),
);
const port = fc.nat(65_535);
const anyEnds = fc.record({ clientIp: address, clientPort: port, serverIp: address, serverPort: port });

/** As the runtime writes it. */
function canonical(ip: string): string {
  const text = isIPv4(ip) ? ip : new SocketAddress({ family: 'ipv6', address: ip }).address;
  return text.replace(/^::ffff:(?=[\d.]+$)/, '');
}

test.each([1, 2] as const)('what encodeProxyProtocol() writes in version %s is read as it was', (version) => {
  fc.assert(
    fc.property(anyEnds, fc.uint8Array({ maxLength: 9 }), (written, after) => {
      const header = encodeProxyProtocol(version, written);
      const ends = { ...written, clientIp: canonical(written.clientIp), serverIp: canonical(written.serverIp) };
      expect(read(Buffer.concat([header, after]))).toEqual({ status: 'complete', ends, bytesUsed: header.length });
    }),
    { numRuns: 500 },
  );
});

test('readProxyProtocol() answers to any bytes, and byte by byte as to all at once', () => {
  const start = fc.constantFrom(Buffer.from('PROXY '), Buffer.from('PROXY TCP4 1.1.1.1 2.2'), ...proxyHeaders.values());
  const input = fc.record({ start, keep: fc.nat(60), noise: fc.uint8Array({ maxLength: 200 }) });
  fc.assert(
    fc.property(input, ({ start: header, keep, noise }) => {
      const bytes = Buffer.concat([header.subarray(0, keep), noise]);
      let progress = read(Buffer.alloc(0));
      for (let length = 1; length <= bytes.length && progress.status === 'incomplete'; length++) {
        progress = read(bytes.subarray(0, length));
        if (progress.status === 'complete') expect(progress.bytesUsed).toBe(length);
      }
      expect(progress).toEqual(read(bytes));
    }),
    { numRuns: 500 },
  );
});

// RFC 3720 §B.4.
test.each([
  ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ['nine digits', Buffer.from('123456789'), 0xe3069283],
])('crc32c() of %s', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});
