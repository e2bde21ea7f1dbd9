import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BackupHead, parseHead, writeHead } from './backup-head.ts';

const head = {
  madeAt: '2026-01-02T03:04:05.678Z',
  aditVersion: '0.1.0',
  schemaVersion: 2,
  accounts: 3,
  bytes: 4096,
  sha256: 'ab'.repeat(32),
};
const withFormat = (changes: Record<string, unknown>) =>
  JSON.stringify({ format: 'adit-backup/1', ...head, ...changes });
const codeOf = (line: string): unknown => {
  try {
    parseHead(line, 'file');
    return 'accepted';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

test('a head is one line that reads as it was written, whatever is in it', () => {
  fc.assert(
    fc.property(
      fc.record({
        madeAt: fc
          .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') })
          .map((date) => date.toISOString()),
        aditVersion: fc.string({ unit: 'grapheme' }),
        schemaVersion: fc.nat(),
        accounts: fc.nat(),
        bytes: fc.maxSafeNat(),
        sha256: fc.constant(head.sha256),
      }),
      (facts: Omit<BackupHead, 'format'>) => {
        const line = writeHead(facts);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(parseHead(line.slice(0, -1), 'file')).toEqual({ format: 'adit-backup/1', ...facts });
      },
    ),
  );
});

test('whatever else is there is refused as no backup, or as a newer one', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (line) => {
      expect([9218, 9212]).toContain(codeOf(line));
    }),
  );
});

test.each([
  ['as it is written', {}, 'accepted'],
  ['with a field that a later version adds', { note: 'x' }, 'accepted'],
  ['of a later format', { format: 'adit-backup/2' }, 9212],
  ['of a later format, with nothing that we know', { format: 'adit-backup/2', bytes: undefined }, 9212],
  ['of no format', { format: 'adit-backup/0' }, 9218],
  ['of another program', { format: 'other/1' }, 9218],
  ['without a size', { bytes: undefined }, 9218],
  ['with a size below zero', { bytes: -1 }, 9218],
  ['with a broken checksum', { sha256: 'ab' }, 9218],
  ['with a time that is none', { madeAt: 'yesterday' }, 9218],
])('a head %s', (_, changes, expected) => {
  expect(codeOf(withFormat(changes))).toBe(expected);
});
