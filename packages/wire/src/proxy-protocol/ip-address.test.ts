import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressText, ipv4Bytes, ipv6Bytes } from './ip-address.ts';

const almostAddress = fc.oneof(
  fc.stringMatching(/^[0-9a-fA-F:.]{0,20}$/),
  fc
    .array(fc.constantFrom(':', '::', '0', '1', 'ffff', '12345', '.', '1.2.3.4', '256', '%'), { maxLength: 12 })
    .map((parts) => parts.join('')),
  fc.ipV4(),
  fc.ipV6(),
);

test('an address is what the runtime takes for one, without zone', () => {
  fc.assert(
    fc.property(almostAddress, (text) => {
      expect(ipv4Bytes(text) !== null, text).toBe(isIPv4(text));
      expect(ipv6Bytes(text) !== null, text).toBe(isIPv6(text) && !text.includes('%'));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  'fe80::1%eth0',
  '1:2:3:4::5:6:7:8',
  '::1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7',
  '1::2::3',
  ':::',
  ':1',
  '1:',
  '::1.2.3',
  '::g',
  '',
])('%j is no address', (text) => expect([ipv4Bytes(text), ipv6Bytes(text)]).toEqual([null, null]));

const someGroups = fc.array(fc.oneof(fc.constant(0), fc.constant(0xffff), fc.nat(0xffff)), {
  minLength: 8,
  maxLength: 8,
});

test('addressText() writes as the runtime does, IPv4-mapped addresses as IPv4', () => {
  fc.assert(
    fc.property(someGroups, (groups) => {
      const address = groups.map((group) => group.toString(16)).join(':');
      const text = addressText(ipv6Bytes(address) ?? Buffer.alloc(0));
      const { address: expected } = new SocketAddress({ family: 'ipv6', address });
      expect(text).toBe(expected.replace(/^::ffff:(?=[\d.]+$)/, ''));
    }),
    { numRuns: 2_000 },
  );
});
