import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { basicConstraints, makeRevocationList, makeX509 } from '../make-x509.testkit.ts';
import { childrenOf, type DerValue, readDer, readTime } from './der.ts';
import { type RevocationList, readRevocationList } from './revocation-list.ts';

test.each([
  ['', 'nothing'],
  ['30', 'no length'],
  ['3003020101ff'.slice(0, 8), 'content that is cut'],
  ['3080020101', 'an indefinite length'],
  ['3085000000000102', 'a length of five bytes'],
  ['1f8100', 'a long tag'],
])('readDer() refuses %s: %s', (hex) => {
  expect(() => readDer(Buffer.from(hex, 'hex'))).toThrow(RangeError);
});

test('readDer() reads bytes of any kind or refuses them, and never more than there are', () => {
  const read = (bytes: Uint8Array): DerValue[] => {
    try {
      return childrenOf({ content: Buffer.from(bytes) });
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      return [];
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const values = read(bytes);
      const length = values.reduce((sum, { whole }) => sum + whole.length, 0);
      expect(values.length === 0 ? 0 : length).toBe(values.length === 0 ? 0 : bytes.length);
    }),
  );
});

test('a list with any byte changed is refused, or not by its authority, or says the same', () => {
  const root = makeX509({ subject: 'root', extensions: [basicConstraints(true)] });
  const bytes = bytesOf(makeRevocationList({ issuer: root, revoked: ['0102'] }));
  const { isBy: _, ...told } = readRevocationList(bytes);
  const property = fc.property(fc.nat(bytes.length - 1), fc.nat(255), (i, byte) => {
    const changed = Buffer.from(bytes);
    changed[i] = byte;
    const list = listOf(changed);
    if (list?.isBy(new X509Certificate(root.cert))) expect(list).toMatchObject(told);
  });
  fc.assert(property, { numRuns: 2_000 });
});

function listOf(bytes: Buffer): RevocationList | undefined {
  try {
    return readRevocationList(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return undefined;
  }
}

test.each([
  [0x17, '491231235959Z', Date.UTC(2049, 11, 31, 23, 59, 59)],
  [0x17, '500101000000Z', Date.UTC(1950, 0, 1)],
  [0x18, '20500101000000Z', Date.UTC(2050, 0, 1)],
])('readTime() of %i %s', (tag, text, expected) => {
  expect(readTime(timeOf(tag, text))).toBe(expected);
});

test.each([
  [0x17, '4912312359Z'],
  [0x18, '491231235959Z'],
  [0x17, '491231235959+0100'],
  [0x04, '491231235959Z'],
])('readTime() refuses %i %s', (tag, text) => {
  expect(() => readTime(timeOf(tag, text))).toThrow(RangeError);
});

test('a list is read as it was made', () => {
  const issuer = makeX509({ subject: 'root', extensions: [basicConstraints(true)] });
  const times = { thisUpdateMs: Date.UTC(2026, 0, 1), nextUpdateMs: Date.UTC(2026, 1, 1) };
  const list = readRevocationList(bytesOf(makeRevocationList({ issuer, revoked: ['00ff01', '05'], ...times })));
  expect(list).toMatchObject({ ...times, isPlain: true, serials: new Set(['FF01', '05']) });
  expect(list.isBy(new X509Certificate(issuer.cert))).toBe(true);
  expect(list.isBy(new X509Certificate(makeX509({ subject: 'root' }).cert))).toBe(false);
  expect(list.isBy(new X509Certificate(makeX509({ subject: 'other' }).cert))).toBe(false);
});

function timeOf(tag: number, text: string): DerValue {
  return readDer(Buffer.concat([Buffer.from([tag, text.length]), Buffer.from(text)]));
}

function bytesOf(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
}
