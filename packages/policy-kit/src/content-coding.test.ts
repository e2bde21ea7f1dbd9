import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { expect, test } from 'vitest';
import { contentDecoders } from './content-coding.ts';
import { HeaderFields } from './header-fields.ts';

async function decoded(coding: string, ...pieces: readonly Buffer[]): Promise<string> {
  const decoders = contentDecoders(new HeaderFields(['content-encoding', coding])) ?? [];
  const last = decoders.at(-1);
  if (!last) throw new Error('There is no decoder');
  const [made] = await Promise.all([buffer(last), pipeline([Readable.from(pieces), ...decoders])]);
  return made.toString();
}

const encoders = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: zlib.brotliCompressSync,
  zstd: zlib.zstdCompressSync,
};

for (const [coding, encode] of Object.entries(encoders)) {
  const [first, second] = [encode(Buffer.from('open ')), encode(Buffer.from('secret'))];

  test(`${coding} is decoded, in pieces as well`, async () => {
    expect(await decoded(coding, first)).toBe('open ');
    expect(await decoded(coding, first.subarray(0, 3), first.subarray(3))).toBe('open ');
    expect(await decoded(`${coding}, ${coding}`, encode(first))).toBe('open ');
  });

  // Others decode a second part, skip zeros before it, or hand on the rest: they would read what was not looked at here.
  test.each([
    ['a second part', second],
    ['zeros and a second part', Buffer.concat([Buffer.alloc(1), second])],
    ['anything else', Buffer.from('secret')],
  ])(`${coding} with %s behind it is wholly decoded or fails [invariant: fail-closed]`, async (_, rest) => {
    for (const pieces of [[Buffer.concat([first, rest])], [first, rest]]) {
      const made = await decoded(coding, ...pieces).catch(() => 'failed');
      expect(['failed', 'open secret']).toContain(made);
    }
  });

  test.each([1, 4, first.length - 3])(`${coding} that lacks its last %i bytes fails`, async (count) => {
    await expect(decoded(coding, first.subarray(0, -count))).rejects.toThrow();
  });
}

test('zstd that wants a window of more than 8 MiB fails (RFC 9659)', async () => {
  // Without a known size the frame says its window.
  const streamed = async (windowLog: number) => {
    const encoder = zlib.createZstdCompress({ params: { [zlib.constants.ZSTD_c_windowLog]: windowLog } });
    encoder.write(Buffer.alloc(1_000_000));
    encoder.end();
    return buffer(encoder);
  };
  expect(await decoded('zstd', await streamed(23))).toHaveLength(1_000_000);
  await expect(decoded('zstd', await streamed(24))).rejects.toThrow();
});
