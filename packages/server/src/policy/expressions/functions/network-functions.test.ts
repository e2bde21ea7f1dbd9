import { expect, test } from 'vitest';
import { evaluate } from '../evaluate.testkit.ts';

test.each([
  ["inCidrRange('192.168.1.100', '192.168.1.0/24')", true],
  ["inCidrRange('192.168.2.100', '192.168.1.0/24')", false],
  // The address of a block need not be its lowest.
  ["inCidrRange('66.249.66.200', '66.249.66.1/24')", true],
  ["inCidrRange('2001:4860:4860::8888', '2001:4860::/32')", true],
  ["inCidrRange('2001:4861::1', '2001:4860::/32')", false],
  ["inCidrRange('::ffff:192.0.2.1', '192.0.2.0/24')", true],
  ["inCidrRange('192.0.2.1', '::ffff:192.0.2.0/120')", true],
  ["inCidrRange('192.0.2.1', '::/0')", false],
  ["inCidrRange('192.0.2.1', '0.0.0.0/0')", true],
  ["inCidrRange('192.0.2.1', '192.0.2.1/32')", true],
  // What is no block or no address is in nothing.
  ["inCidrRange('192.0.2.1', '192.0.2.0')", false],
  ["inCidrRange('192.0.2.1', '192.0.2.0/33')", false],
  ["inCidrRange('192.0.2.1', '192.0.2.0/24/8')", false],
  ["inCidrRange('192.0.2.1', 'nonsense')", false],
  ["inCidrRange('nonsense', '0.0.0.0/0')", false],
  ["inCidrRange(conn.client_ip, '203.0.113.0/24')", true],
  ["inCidrRanges('192.168.1.100', ['nonsense', '192.168.1.0/24', '10.0.0.0/8'])", true],
  ["inCidrRanges('192.168.1.100', ['10.0.0.0/8'])", false],
  ["inCidrRanges('192.168.1.100', [])", false],
  ["'192.168.1.1'.isPrivateIp()", true],
  ["'172.31.255.255'.isPrivateIp()", true],
  ["'172.32.0.0'.isPrivateIp()", false],
  ["'8.8.8.8'.isPrivateIp()", false],
  ["'fd00::1'.isPrivateIp()", false],
  ["'10.0.0'.isPrivateIp()", false],
])('%s is %s', (text, expected) => {
  expect(evaluate(text)).toBe(expected);
});
