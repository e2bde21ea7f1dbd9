import { isIP, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIpAddress, mappedIpv4, parseIpAddress } from './ip-address.ts';

const canonical = (text: string) => {
  const address = parseIpAddress(text);
  return address && formatIpAddress(address);
};

test.each([
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['2001:DB8::0001', '2001:db8::1'],
  ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
  // The first of two runs that are equally long, the longer one otherwise, and never a single group (RFC 5952 §4.2).
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4:5:6:c000:201'],
])('the text of %s is %s', (text, expected) => {
  expect(canonical(text)).toBe(expected);
});

test.each(
  '|1|1.2.3|1.2.3.4.5|256.0.0.1|01.2.3.4|1.2.3.04|1..2.3|-1.2.3.4|1.2.3.4 | 1.2.3.4|0x1.2.3.4|1.2.3.4a|:|:::|1::2::3|1:2:3:4:5:6:7|1:2:3:4:5:6:7:8:9|1:2:3:4:5:6:7:8::|::1:2:3:4:5:6:7:8|12345::|g::|::1%eth0|[::1]|::1.2.3|1.2.3.4::|::1.2.3.4:5|:1::|1:'.split(
    '|',
  ),
)('%j is no address', (text) => {
  expect(parseIpAddress(text)).toBeUndefined();
});

describe('the runtime agrees', () => {
  const group = fc.oneof(fc.constant('0'), fc.stringMatching(/^[0-9a-fA-F]{1,4}$/));
  const almostIpv6 = fc
    .array(fc.oneof({ weight: 8, arbitrary: group }, fc.constant(''), fc.ipV4()), { maxLength: 9 })
    .map((groups) => groups.join(':'));

  test('about what is an address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), almostIpv6, fc.string()), (text) => {
        fc.pre(!text.includes('%'));
        expect(parseIpAddress(text)?.family ?? 0).toBe(isIP(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test('about its one text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), almostIpv6), (text) => {
        fc.pre(isIP(text) === 6);
        const address = canonical(text) ?? '';
        // The two texts name one address, and this one stays as it is.
        expect(new SocketAddress({ family: 'ipv6', address: text }).address).toBe(
          new SocketAddress({ family: 'ipv6', address }).address,
        );
        expect(canonical(address)).toBe(address);
        expect(new URL(`http://[${text}]/`).hostname).toBe(`[${address}]`);
      }),
      { numRuns: 1_000 },
    );
  });
});

test.each([
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:201', '192.0.2.1'],
  ['::ffff:0:0', '0.0.0.0'],
  ['::fffe:c000:201', undefined],
  ['1::ffff:c000:201', undefined],
  ['192.0.2.1', undefined],
])('%s stands for the IPv4 address %s', (text, expected) => {
  const mapped = mappedIpv4(parseIpAddress(text)!);
  expect(mapped && formatIpAddress(mapped)).toBe(expected);
});
