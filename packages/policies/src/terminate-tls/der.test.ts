import { X509Certificate } from 'node:crypto';
import { basicConstraints, makeRevocationList, makeX509 } from '@adit/policy-kit/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { authorityOf } from './authority.ts';
import { childrenOf, type DerValue, readDer, readTime } from './der.ts';
import { readRevocationList } from './revocation-list.ts';

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

test('a list or a certificate with any byte changed is read, or refused by no mistake of ours', () => {
  const root = makeX509({ subject: 'root', extensions: [basicConstraints(true, 3)] });
  const list = bytesOf(makeRevocationList({ issuer: root, revoked: ['0102'] }));
  const certificate = new X509Certificate(root.cert);
  fc.assert(
    fc.property(fc.nat(list.length - 1), fc.nat(certificate.raw.length - 1), fc.nat(255), (i, j, byte) => {
      const changed = [list, certificate.raw].map((bytes) => Buffer.from(bytes));
      changed[0]![i] = byte;
      changed[1]![j] = byte;
      expectNoMistake(() => readRevocationList(changed[0]!));
      let odd: X509Certificate;
      try {
        odd = new X509Certificate(changed[1]!);
      } catch {
        return; // OpenSSL does not read it either.
      }
      expectNoMistake(() => void (odd.ca && authorityOf(odd)));
    }),
    { numRuns: 500 },
  );
});

function expectNoMistake(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    // OpenSSL's own, of a key that it cannot read, is neither.
    expect(error).not.toBeInstanceOf(TypeError);
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
