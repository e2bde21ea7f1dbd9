import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AddressList, parseAddress, parseRange } from './address-list.ts';

interface Plain {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** An address by number, and its text. Written here again, the slow and plain way, to compare with. */
const v4 = (value: bigint): Plain => ({ bits: 32, value });
const v6 = (value: bigint): Plain => ({ bits: 128, value });
const mappedBlock = 0xffffn << 32n;
const isMapped = ({ bits, value }: Plain) => bits === 128 && value >> 32n === 0xffffn;
/** IPv4-mapped is IPv4. */
const plain = (address: Plain): Plain => (isMapped(address) ? v4(address.value & 0xffff_ffffn) : address);

function textOf({ bits, value }: Plain): string {
  const [step, count] = bits === 32 ? [8n, 4] : [16n, 8];
  const parts = Array.from(
    { length: count },
    (_, i) => (value >> (step * BigInt(count - 1 - i))) & ((1n << step) - 1n),
  );
  return bits === 32 ? parts.join('.') : parts.map((part) => part.toString(16)).join(':');
}

/** Do the first `prefixBits` bits agree? Families apart, mapped ranges taken for IPv4 ones. */
function isInside(address: Plain, range: Plain, prefixBits: number): boolean {
  const seen = plain(address);
  const isIpv4Range = isMapped(range) && prefixBits >= 96;
  const [base, length] = isIpv4Range ? [plain(range), prefixBits - 96] : [range, prefixBits];
  const shift = BigInt(base.bits - length);
  return seen.bits === base.bits && seen.value >> shift === base.value >> shift;
}

const anyV4 = fc.bigInt(0n, 2n ** 32n - 1n).map(v4);
const anyV6 = fc.oneof(
  fc.bigInt(0n, 2n ** 128n - 1n).map(v6),
  fc.bigInt(0n, 2n ** 32n - 1n).map((low) => v6(mappedBlock | low)),
);
const anyRange = fc.oneof(
  fc.record({ base: anyV4, prefixBits: fc.integer({ min: 0, max: 32 }) }),
  fc.record({ base: anyV6, prefixBits: fc.integer({ min: 0, max: 128 }) }),
);
/** Random addresses hardly ever hit a long prefix: most are the base with one bit turned, which lands on either side. */
const rangeAndAddress = anyRange.chain((range) =>
  fc.record({
    range: fc.constant(range),
    address: fc.oneof(
      anyV4,
      anyV6,
      fc.constant(range.base),
      fc.integer({ min: 0, max: range.base.bits - 1 }).map((bit): Plain => {
        return { bits: range.base.bits, value: range.base.value ^ (1n << BigInt(bit)) };
      }),
    ),
  }),
);

test('AddressList agrees with a comparison of prefixes bit by bit', () => {
  let inside = 0;
  fc.assert(
    fc.property(rangeAndAddress, ({ range, address }) => {
      const list = new AddressList([`${textOf(range.base)}/${range.prefixBits}`]);
      const parsed = parseAddress(textOf(address));
      const expected = isInside(address, range.base, range.prefixBits);
      inside += Number(expected);
      expect(parsed && list.has(parsed)).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
  expect(inside).toBeGreaterThan(200);
});

test('AddressList holds an address if any of its ranges does', () => {
  fc.assert(
    fc.property(fc.array(anyRange, { maxLength: 20 }), fc.oneof(anyV4, anyV6), (ranges, address) => {
      const list = new AddressList(ranges.map(({ base, prefixBits }) => `${textOf(base)}/${prefixBits}`));
      const parsed = parseAddress(textOf(address));
      const expected = ranges.some(({ base, prefixBits }) => isInside(address, base, prefixBits));
      expect(parsed && list.has(parsed)).toBe(expected);
    }),
  );
});

test('a bare address is the range of that address alone', () => {
  fc.assert(
    fc.property(fc.oneof(anyV4, anyV6), (address) => {
      expect(parseRange(textOf(address))).toEqual(parseRange(`${textOf(address)}/${address.bits}`));
    }),
  );
});

test('parseRange() answers or throws code 362 on any text, and parseAddress() never throws', () => {
  const piece = fc.constantFrom('/', ':', '::', '.', '%', 'ffff', '10', '0', '256', '1e1', ' ', 'x', '٣');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join('')),
      ),
      (text) => {
        parseAddress(text);
        try {
          expect(parseRange(text).prefixBits).toBeLessThanOrEqual(128);
        } catch (error) {
          expect(error).toMatchObject({ code: 362 });
        }
      },
    ),
  );
});

test.each([
  ['192.0.2.1', { family: 'ipv4', text: '192.0.2.1' }],
  ['::ffff:192.0.2.1', { family: 'ipv4', text: '192.0.2.1' }],
  ['0:0:0:0:0:FFFF:C000:0201', { family: 'ipv4', text: '192.0.2.1' }],
  // Neither is IPv4-mapped (RFC 4291 §2.5.5.1; RFC 2765 §2.1): they stay IPv6.
  ['::192.0.2.1', { family: 'ipv6', text: '::192.0.2.1' }],
  ['::ffff:0:192.0.2.1', { family: 'ipv6', text: '::ffff:0:c000:201' }],
  ['2001:DB8:0::1', { family: 'ipv6', text: '2001:db8::1' }],
  ['fe80::1%eth0', undefined],
  ['192.0.2.1:80', undefined],
  ['', undefined],
])('parseAddress(%j) answers %j', (text, expected) => {
  expect(parseAddress(text)).toEqual(expected);
});
