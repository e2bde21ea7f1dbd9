import { BlockList } from 'node:net';
import { AditError } from '@adit/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCidr } from './cidr.ts';
import { thrownCode } from './thrown-code.testkit.ts';

test.each<[text: string, canonical: string, family: 4 | 6]>([
  ['10.0.0.0/8', '10.0.0.0/8', 4],
  ['192.0.2.1/32', '192.0.2.1/32', 4],
  ['0.0.0.0/0', '0.0.0.0/0', 4],
  ['2001:DB8:0::/32', '2001:db8::/32', 6],
  ['2001:0db8:0:0:0:0:0:1/128', '2001:db8::1/128', 6],
  ['::/0', '::/0', 6],
  ['64:ff9b::/96', '64:ff9b::/96', 6],
  // Wider than the mapped addresses, some of which are inside.
  ['::/80', '::/80', 6],
])('parseCidr() takes %s as %s', (text, canonical, family) => {
  expect(parseCidr(text)).toEqual({ text: canonical, family });
});

test.each<[text: string, code: number, why: string]>([
  ['', 1406, '"" is not an IP address'],
  ['localhost/8', 1406, '"localhost" is not an IP address'],
  ['010.0.0.0/8', 1406, '"010.0.0.0" is not an IP address'],
  ['10.0.0/8', 1406, '"10.0.0" is not an IP address'],
  ['[::]/0', 1406, '"[::]" is not an IP address'],
  [' 10.0.0.0/8', 1406, '" 10.0.0.0" is not an IP address'],
  ['10.0.0.0/33', 1406, 'its mask is not a number from 0 to 32'],
  ['10.0.0.0/', 1406, 'its mask is not a number from 0 to 32'],
  ['10.0.0.0/08', 1406, 'its mask is not a number from 0 to 32'],
  ['10.0.0.0/-1', 1406, 'its mask is not a number from 0 to 32'],
  ['10.0.0.0/8/8', 1406, 'its mask is not a number from 0 to 32'],
  ['10.0.0.0/255.0.0.0', 1406, 'its mask is not a number from 0 to 32'],
  ['::/129', 1406, 'its mask is not a number from 0 to 128'],
  ['fe80::1%eth0/64', 1406, 'a zone means something on one machine only; leave it out'],
  ['::ffff:10.0.0.0/104', 1406, 'write "10.0.0.0/8"'],
  ['::ffff:a00:1/128', 1406, 'write "10.0.0.1/32"'],
  ['::ffff:a01:203/104', 1406, 'write "10.0.0.0/8"'],
  ['::ffff:0:0/96', 1406, 'write "0.0.0.0/0"'],
  ['10.1.2.3', 1413, 'it has no mask; this address alone is "10.1.2.3/32"'],
  ['2001:DB8::1', 1413, 'it has no mask; this address alone is "2001:db8::1/128"'],
  ['::ffff:10.1.2.3', 1413, 'it has no mask; this address alone is "10.1.2.3/32"'],
  ['10.1.2.3/8', 1409, 'which is "10.0.0.0/8"'],
  ['10.0.0.1/0', 1409, 'which is "0.0.0.0/0"'],
  ['2001:db8::1/64', 1409, 'which is "2001:db8::/64"'],
  ['::ffff:0:0/95', 1409, 'which is "::fffe:0:0/95"'],
])('parseCidr() refuses %j with %d: %s', (text, code, why) => {
  const run = () => parseCidr(text);
  expect(thrownCode(run)).toBe(code);
  expect(run).toThrow(`Cannot use ${JSON.stringify(text)} as an address block: `);
  expect(run).toThrow(why);
});

test('parseCidr() is short about what is long', () => {
  expect(() => parseCidr('1'.repeat(1e6))).toThrow(
    `Cannot use "${'1'.repeat(64)}" as an address block: it is too long`,
  );
});

test('parseCidr() throws errors of ours only, and what it answers stays as it is', () => {
  const chars = fc.string({ unit: fc.constantFrom(...'0123456789abcdef:./%'.split('')), maxLength: 70 });
  fc.assert(
    fc.property(fc.oneof(fc.string(), chars), (text) => {
      try {
        const block = parseCidr(text);
        expect(parseCidr(block.text)).toEqual(block);
      } catch (error) {
        if (!(error instanceof AditError)) throw error;
      }
    }),
    { numRuns: 2_000 },
  );
});

test('the block that a refusal names is a right one and has the address that was meant', () => {
  const ipv4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }));
  const ipv6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }));
  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6), ([address, bits]) => {
      const { text, family } = meant(`${address}/${bits}`);
      const [lowest = '', width = ''] = text.split('/');
      const list = new BlockList();
      list.addSubnet(lowest, Number(width), family === 4 ? 'ipv4' : 'ipv6');
      expect(list.check(address, address.includes(':') ? 'ipv6' : 'ipv4')).toBe(true);
    }),
    { numRuns: 500 },
  );
});

function meant(text: string) {
  try {
    return parseCidr(text);
  } catch (error) {
    if (!(error instanceof AditError)) throw error;
    return parseCidr(/"([^"]+)"$/.exec(error.message)?.[1] ?? '');
  }
}
