import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeldBytes } from './held-bytes.ts';

function takeAll(held: HeldBytes): Buffer {
  const pieces: Buffer[] = [];
  for (let piece = held.take(); piece; piece = held.take()) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('what goes in comes out, in order, whatever the pieces and whenever some are taken', () => {
  const piece = fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.constant('take' as const)), { maxLength: 60 }), (steps) => {
      const held = new HeldBytes();
      const given: Buffer[] = [];
      const taken: Buffer[] = [];
      let length = 0;
      for (const step of steps) {
        if (step === 'take') {
          const part = held.take();
          if (part) taken.push(part);
          length -= part?.length ?? 0;
        } else {
          held.append(step);
          given.push(step);
          length += step.length;
        }
        expect(held.length).toBe(length);
      }
      taken.push(takeAll(held));
      expect(Buffer.concat(taken).equals(Buffer.concat(given))).toBe(true);
      expect(held.length).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test('append() keeps nothing of the memory a piece lies in, and many small pieces lie together', () => {
  const held = new HeldBytes();
  const read = Buffer.allocUnsafeSlow(64 * 1024).fill('x');
  for (let i = 0; i < 1000; i++) held.append(read.subarray(i, i + 1));
  const piece = held.take();
  expect(piece?.length).toBe(1000);
  expect(piece?.buffer.byteLength).toBeLessThanOrEqual(2048);
});

test('what was taken does not change with what is appended later', () => {
  const held = new HeldBytes();
  held.append(Buffer.from('abc'));
  const piece = held.take();
  held.append(Buffer.from('xyz'));
  expect(piece?.toString()).toBe('abc');
  expect(takeAll(held).toString()).toBe('xyz');
});

test('clear() forgets all', () => {
  const held = new HeldBytes();
  held.append(Buffer.alloc(10_000));
  held.clear();
  expect(held.length).toBe(0);
  expect(held.take()).toBeUndefined();
});
