import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { decodeBody } from './decode-body.ts';

const limits = { maxDecodedBytes: 10_000, maxCodings: 3 };
const plain = Buffer.from('hello '.repeat(100));

it.each([
  ['gzip', gzipSync(plain)],
  ['X-GZIP', gzipSync(plain)],
  ['br', brotliCompressSync(plain)],
  ['zstd', zstdCompressSync(plain)],
  ['deflate', deflateSync(plain)],
  ['deflate', deflateRawSync(plain)],
  ['identity', plain],
  ['gzip, br', brotliCompressSync(gzipSync(plain))],
])('decodes %s', async (coding, bytes) => {
  const decoded = await decodeBody(bytes, ['Content-Encoding', coding], limits);
  expect(decoded).toMatchObject({ problem: null, isTruncated: false });
  expect(decoded.bytes.toString()).toBe(plain.toString());
});

it.each([
  ['gzip', gzipSync(Buffer.alloc(100_000_000))],
  ['br', brotliCompressSync(Buffer.alloc(100_000_000), { params: { 1: 1 } })],
  ['zstd', zstdCompressSync(Buffer.alloc(100_000_000))],
])('a bomb in %s goes off no further than the limit', async (coding, bytes) => {
  const before = process.memoryUsage().arrayBuffers;
  const decoded = await decodeBody(bytes, ['content-encoding', coding], limits);
  expect(decoded).toMatchObject({ isTruncated: true, bytes: Buffer.alloc(10_000) });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
});

it('shows what could be decoded of a body that was cut off', async () => {
  const compressed = gzipSync(Buffer.from(Array.from({ length: 3000 }, (_, at) => at.toString(36)).join(' ')));
  const decoded = await decodeBody(compressed.subarray(0, 3000), ['content-encoding', 'gzip'], limits);
  expect(decoded.bytes.toString()).toMatch(/^0 1 2 3 4/);
  expect(decoded.problem).toMatch(/broken or incomplete/);
});

it.each([
  ['gzip', 'broken'],
  ['lzma', 'unknown'],
  ['gzip, gzip, gzip, gzip', 'too many'],
])('says why %s cannot be undone', async (coding, why) => {
  const decoded = await decodeBody(plain, ['content-encoding', coding], limits);
  expect(decoded.problem).toMatch(why);
});
