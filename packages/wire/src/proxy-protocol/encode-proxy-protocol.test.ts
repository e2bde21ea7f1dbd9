import { expect, test } from 'vitest';
import type { ConnectionEnds } from './connection-ends.ts';
import { encodeProxyProtocol } from './encode-proxy-protocol.ts';

const v4: ConnectionEnds = { clientIp: '203.0.113.9', clientPort: 51234, serverIp: '192.0.2.1', serverPort: 443 };
const v6: ConnectionEnds = { clientIp: '2001:db8::9', clientPort: 1, serverIp: '::1', serverPort: 65535 };

test.each<[string, ConnectionEnds, string]>([
  ['IPv4', v4, 'PROXY TCP4 203.0.113.9 192.0.2.1 51234 443\r\n'],
  ['IPv6', v6, 'PROXY TCP6 2001:db8::9 ::1 1 65535\r\n'],
  ['IPv6 that came to IPv4', { ...v6, serverIp: '192.0.2.1' }, 'PROXY TCP6 2001:db8::9 ::ffff:192.0.2.1 1 65535\r\n'],
])('encodeProxyProtocol() writes %s in version 1', (_, ends, line) => {
  expect(encodeProxyProtocol(1, ends).toString('latin1')).toBe(line);
});

const signature = '0d0a0d0a000d0a515549540a21';

test.each<[string, ConnectionEnds, string]>([
  ['IPv4', v4, '11000c' + 'cb007109' + 'c0000201' + 'c822' + '01bb'],
  ['IPv6', v6, '210024' + '20010db8000000000000000000000009' + '00000000000000000000000000000001' + '0001' + 'ffff'],
  [
    'IPv4 that came to IPv6',
    { ...v4, serverIp: '2001:db8:1:2:3:4:5:6' },
    '210024' + '00000000000000000000ffffcb007109' + '20010db8000100020003000400050006' + 'c822' + '01bb',
  ],
])('encodeProxyProtocol() writes %s in version 2', (_, ends, hex) => {
  expect(encodeProxyProtocol(2, ends).toString('hex')).toBe(signature + hex);
});
