import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DnsFormatError } from './dns-format-error.ts';
import { decodeMessage, encodeMessage, recordClass, recordType } from './dns-message.ts';
import { decodeName, encodeName, isDnsName } from './dns-name.ts';

const label = fc.stringMatching(/^[a-z0-9_*/-]{1,63}$/);
const name = fc
  .array(label, { maxLength: 8 })
  .map((labels) => labels.join('.'))
  .filter(isDnsName);
const uint16 = fc.integer({ min: 0, max: 0xffff });
const question = fc.record({ name, type: uint16, class: uint16 });
const data = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
const record = fc.record({
  name,
  type: uint16,
  class: uint16,
  ttlSeconds: fc.integer({ min: 0, max: 0xffff_ffff }),
  data,
});
const records = fc.array(record, { maxLength: 4 });
const message = fc.record({
  ...{ id: uint16, flags: uint16, questions: fc.array(question, { maxLength: 2 }) },
  ...{ answers: records, authorities: records, additionals: records },
});

describe('names', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(name, data, (text, before) => {
        const bytes = Buffer.concat([before, encodeName(text)]);
        expect(decodeName(bytes, before.length)).toEqual({ name: text, end: bytes.length });
      }),
    );
  });

  it.each([
    ['an empty label', 'a..b'],
    ['a label of 64 bytes', 'a'.repeat(64)],
    ['256 bytes', Array(64).fill('abc').join('.')],
    ['another byte', 'a b'],
    ['upper case, which would be another text for the same name', 'A'],
    ['a dot at its end', 'a.'],
  ])('with %s are not written', (_title, text) => {
    expect(isDnsName(text)).toBe(false);
    expect(() => encodeName(text)).toThrow(RangeError);
  });

  it.each<[string, number[], number, string | RegExp]>([
    ['a pointer', [1, 97, 0, 1, 98, 0xc0, 0], 3, 'b.a'],
    ['upper case', [2, 65, 66, 0], 0, 'ab'],
    ['a dot in a label, which is no dot between two', [3, 97, 46, 98, 0], 0, 'a\\046b'],
    ['the root', [0], 0, ''],
    ['a pointer to itself', [0xc0, 0], 0, /leads nowhere/],
    ['a pointer forwards', [0xc0, 2, 0], 0, /leads nowhere/],
    ['a kind of label that nobody uses', [0x40, 0], 0, /leads nowhere/],
    ['no end', [3, 97], 0, /ends in the middle/],
    ['half a pointer', [0, 0xc0], 1, /ends in the middle/],
  ])('with %s', (_title, bytes, start, expected) => {
    const decode = () => decodeName(Buffer.from(bytes), start).name;
    if (typeof expected === 'string') expect(decode()).toBe(expected);
    else expect(decode).toThrow(expected);
  });

  it('of many pointers one after the other are refused', () => {
    const chain = Buffer.concat(
      Array.from({ length: 200 }, (_, index) => Buffer.of(0xc0 | ((index * 2) >> 8), (index * 2) & 0xff)),
    );
    expect(() => decodeName(Buffer.concat([Buffer.of(0, 0), chain]), 400)).toThrow(/too many parts/);
  });
});

describe('messages', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(message, (written) => {
        expect(decodeMessage(encodeMessage(written))).toMatchObject(written);
      }),
    );
  });

  it('an update has the bytes of RFC 2136', () => {
    const txt = { name: 'a.b', type: recordType.TXT, class: recordClass.NONE, ttlSeconds: 0, data: Buffer.of(1, 120) };
    const questions = [{ name: 'b', type: recordType.SOA, class: recordClass.IN }];
    const bytes = encodeMessage({ id: 1, flags: 0x2800, questions, answers: [], authorities: [txt], additionals: [] });
    expect(bytes.toString('hex')).toBe(
      ['0001 2800 0001 0000 0001 0000', '0162 00 0006 0001', '0161 0162 00 0010 00fe 00000000 0002 0178']
        .join('')
        .replaceAll(' ', ''),
    );
  });

  it('cut off anywhere, or with a byte more, they are no messages', () => {
    fc.assert(
      fc.property(message, fc.nat(), (written, cut) => {
        const bytes = encodeMessage(written);
        expect(() => decodeMessage(bytes.subarray(0, cut % bytes.length))).toThrow(DnsFormatError);
        expect(() => decodeMessage(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(DnsFormatError);
      }),
    );
  });

  it('whatever arrives is read or refused', () => {
    const header = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 200 }), (head, rest) => {
        try {
          decodeMessage(Buffer.from([...head, ...rest]));
        } catch (error) {
          expect(error).toBeInstanceOf(DnsFormatError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
