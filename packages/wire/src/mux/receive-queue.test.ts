import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReceiveQueue } from './receive-queue.ts';

function drain(queue: ReceiveQueue): Buffer[] {
  const pieces: Buffer[] = [];
  for (let piece = queue.shift(); piece !== null; piece = queue.shift()) pieces.push(piece);
  return pieces;
}

/** Bytes of memory that these pieces keep alive. */
function pinned(pieces: readonly Buffer[]): number {
  return [...new Set(pieces.map((piece) => piece.buffer))].reduce((sum, memory) => sum + memory.byteLength, 0);
}

describe('ReceiveQueue', () => {
  it('gives out what came in, in order, whatever the sizes', () => {
    const step = fc.oneof(fc.integer({ min: 1, max: 40_000 }), fc.integer({ min: 1, max: 30 }), fc.constant(0));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const queue = new ReceiveQueue();
        const [given, taken]: [Buffer[], Buffer[]] = [[], []];
        for (const [index, size] of steps.entries()) {
          const piece = Buffer.alloc(size, index);
          const shifted = size === 0 ? queue.shift() : null;
          if (shifted !== null) taken.push(shifted);
          if (size > 0) queue.push(piece);
          given.push(piece);
          const bytes = (list: Buffer[]) => list.reduce((sum, item) => sum + item.length, 0);
          expect(queue.byteLength).toBe(bytes(given) - bytes(taken));
        }
        expect(Buffer.concat([...taken, ...drain(queue)]).equals(Buffer.concat(given))).toBe(true);
      }),
    );
  });

  it('hands on a large piece as it is', () => {
    const queue = new ReceiveQueue();
    const piece = Buffer.allocUnsafeSlow(16 * 1024);
    queue.push(piece);
    expect(queue.shift()).toBe(piece);
  });

  it('joins small pieces, also such as have memory of their own', () => {
    const queue = new ReceiveQueue();
    for (let index = 0; index < 1000; index++) queue.push(Buffer.allocUnsafeSlow(10));
    expect(drain(queue).length).toBe(1);
  });

  it('does not keep a large chunk alive for a slice of it', () => {
    const queue = new ReceiveQueue();
    for (let index = 0; index < 16; index++) queue.push(Buffer.allocUnsafeSlow(128 * 1024).subarray(0, 20 * 1024));
    for (let index = 0; index < 16; index++) queue.push(Buffer.allocUnsafeSlow(64 * 1024).subarray(0, 3 * 1024));
    expect(pinned(drain(queue))).toBeLessThan(2 * 16 * 23 * 1024);
  });

  it('clear() forgets everything', () => {
    const queue = new ReceiveQueue();
    queue.push(Buffer.alloc(5000));
    queue.push(Buffer.alloc(5));
    queue.clear();
    expect([queue.byteLength, queue.shift()]).toEqual([0, null]);
  });
});
