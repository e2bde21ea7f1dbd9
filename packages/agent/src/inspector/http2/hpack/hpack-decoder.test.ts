import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Undecodable } from '../undecodable.ts';
import { HpackDecoder } from './hpack-decoder.ts';
import { decodeHuffman } from './huffman.ts';
import { hpackExamples } from './rfc7541-examples.testkit.ts';

const limits = { maxHeaderTableBytes: 65_536, maxHeadBytes: 65_536, maxHeaderLines: 200 };
const decode = (hex: string, given: Partial<typeof limits> = {}): string[] =>
  new HpackDecoder({ ...limits, ...given }).decode(Buffer.from(hex, 'hex'));

it.each(hpackExamples)('RFC 7541, %s', (section, blocks) => {
  const decoder = new HpackDecoder(limits);
  // The table of C.5 and C.6 is smaller, which the RFC says in words only.
  if (/^C\.[56]/.test(section)) decoder.decode(Buffer.from('3fe101', 'hex'));
  for (const { hex, lines, tableBytes } of blocks) {
    expect(decoder.decode(Buffer.from(hex, 'hex'))).toEqual(lines);
    expect(decoder.tableBytes).toBe(tableBytes);
  }
});

it.each<[string, string, string[]]>([
  ['C.1.2: a number of several bytes', '203f9a0a', []],
  ['the last static field', 'bd', ['www-authenticate', '']],
  ['a literal that is never indexed', '1001610162', ['a', 'b']],
  ['an empty value', '00016100', ['a', '']],
])('decodes %s', (_what, hex, expected) => {
  expect(decode(hex)).toEqual(expected);
});

it('a field that is larger than the table empties it, and is shown all the same', () => {
  const decoder = new HpackDecoder(limits);
  decoder.decode(Buffer.from('3f014001610162', 'hex'));
  expect(decoder.tableBytes).toBe(0);
  decoder.decode(Buffer.from('3f214001610162', 'hex'));
  expect(decoder.tableBytes).toBe(34);
  const large = Buffer.concat([Buffer.from('40016140', 'hex'), Buffer.alloc(64, 'x')]);
  expect(decoder.decode(large)).toEqual(['a', 'x'.repeat(64)]);
  expect(decoder.tableBytes).toBe(0);
});

it.each<[string, string]>([
  ['index 0', '80'],
  ['an index behind all tables', 'be'],
  ['a name index behind all tables', '7f00'],
  ['a block that ends in a number', 'ff'],
  ['a block that ends before a value', '000161'],
  ['a string that is longer than the block', '00016105aa'],
  ['a number without end', `ff${'80'.repeat(40)}00`],
  ['a number that is too large', 'ffffffffff0f'],
  ['a change of size behind a field', '8220'],
  ['a size over the limit', '3fe2ff03'],
  ['Huffman padding of zeros', '0001618118'],
  ['Huffman padding of a whole byte', '000161821fff'],
  ['EOS within a string', '00016184ffffffff'],
])('refuses %s', (_what, hex) => {
  expect(() => decode(hex)).toThrow(Undecodable);
});

it('bounds what a few bytes may become', () => {
  const decoder = new HpackDecoder({ ...limits, maxHeaderLines: 1e6 });
  // One field of 4,000 bytes, then one byte for each copy of it.
  decoder.decode(Buffer.concat([Buffer.from('4001617fa11e', 'hex'), Buffer.alloc(4000, 'x')]));
  expect(() => decoder.decode(Buffer.alloc(60_000, 0xbe))).toThrow('too large');
  expect(() => decode('82'.repeat(201))).toThrow('too large');
});

it('whatever the bytes, it decodes them within the limits or says Undecodable', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (blocks) => {
      const decoder = new HpackDecoder({ ...limits, maxHeaderTableBytes: 4096 });
      try {
        for (const block of blocks) {
          const lines = decoder.decode(Buffer.from(block));
          expect(lines.join('').length + (lines.length / 2) * 32).toBeLessThanOrEqual(limits.maxHeadBytes);
          expect(decoder.tableBytes).toBeLessThanOrEqual(4096);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(Undecodable);
      }
    }),
    { numRuns: 2000 },
  );
});

// The runtime's encoder takes no code that is longer than the byte itself, so a peer never shows these.
it.each([
  [0, 0x1ff8, 13],
  [1, 0x7fffd8, 23],
  [10, 0x3ffffffc, 30],
  [127, 0xffffffc, 28],
  [128, 0xfffe6, 20],
  [254, 0x7fffff0, 27],
  [255, 0x3ffffee, 26],
])('decodeHuffman() reads the byte %i (RFC 7541, Appendix B)', (byte, code, length) => {
  const bits = code.toString(2).padStart(length, '0');
  const padded = bits.padEnd(Math.ceil(length / 8) * 8, '1');
  const bytes = padded.match(/.{8}/g)?.map((octet) => Number.parseInt(octet, 2));
  expect([...decodeHuffman(Buffer.from(bytes ?? []))]).toEqual([byte]);
});

it('decodeHuffman() never answers more than 8/5 of what it was given', () => {
  expect(decodeHuffman(Buffer.alloc(5)).toString()).toBe('00000000');
});
