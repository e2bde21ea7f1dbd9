import { expect, it } from 'vitest';
import { KeptBytes } from './kept-bytes.ts';

function keep(limit: number, pieces: readonly Buffer[]) {
  let claimed = 0;
  const body = new KeptBytes(limit, { claim: (bytes) => void (claimed += bytes) });
  for (const piece of pieces) body.add(piece);
  return { body, claimed };
}

const bytes = (length: number, from = 0): Buffer => Buffer.from(Array.from({ length }, (_, at) => (from + at) % 251));

it.each([
  ['nothing', []],
  ['one small piece', [bytes(100)]],
  ['one piece of a kilobyte', [bytes(1024)]],
  ['one larger piece', [bytes(1025)]],
  ['a small piece and more', [bytes(100), bytes(1), bytes(5000, 9)]],
  ['a large piece and more', [bytes(3000), bytes(1), bytes(5000, 9)]],
  ['many small pieces', Array.from({ length: 300 }, (_, at) => bytes(7, at))],
])('%s: all of it is kept, and no more memory than was claimed', (_, pieces) => {
  const { body, claimed } = keep(1e6, pieces);
  expect(body.bytes).toEqual(Buffer.concat(pieces));
  expect(body).toMatchObject({ totalBytes: Buffer.concat(pieces).length, isTruncated: false });
  expect(body.bytes.buffer.byteLength).toBeLessThanOrEqual(claimed);
});

it.each([1, 99, 100, 150, 1100])('at a limit of %d bytes the rest is counted', (limit) => {
  const { body, claimed } = keep(limit, [bytes(100), bytes(2000, 100)]);
  expect(body.bytes).toEqual(bytes(2100).subarray(0, limit));
  expect(body).toMatchObject({ totalBytes: 2100, isTruncated: true });
  expect(claimed).toBeLessThanOrEqual(limit);
});

it('small bodies that are kept at the same time keep apart, whatever becomes of the piece', () => {
  const bodies = Array.from({ length: 1000 }, (_, at) => {
    const piece = bytes(200, at);
    const { body } = keep(1000, [piece]);
    piece.fill(0);
    return body;
  });
  expect(bodies.every((body, at) => body.bytes.equals(bytes(200, at)))).toBe(true);
});

it('what is handed out stays as it is', () => {
  const { body } = keep(1000, [bytes(10)]);
  body.bytes.fill(0);
  expect(body.bytes).toEqual(bytes(10));
});

it.each([10, 5000])('drop() lets go of %d bytes and keeps nothing more', (length) => {
  const { body } = keep(1e6, [bytes(length)]);
  body.drop();
  body.add(bytes(10));
  expect(body.bytes).toHaveLength(0);
  expect(body).toMatchObject({ totalBytes: length + 10, isTruncated: true });
});

it.each([10, 5000])('an owner that makes room by dropping it (%d bytes) keeps nothing', (length) => {
  const body: KeptBytes = new KeptBytes(1e6, { claim: () => body.drop() });
  body.add(bytes(length));
  body.add(bytes(length));
  expect(body).toMatchObject({ totalBytes: 2 * length, bytes: Buffer.alloc(0) });
});
