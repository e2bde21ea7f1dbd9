import { crc32, inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { encodePng } from './png.ts';

it('encodePng() writes header, palette, lines and end, each with its checksum', () => {
  const file = encodePng({ width: 2, height: 2, pixels: Uint8Array.of(0, 1, 1, 0), palette: [0xffffff, 0x123456] });
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const body = file.subarray(at + 4, at + 8 + length);
    expect(file.readUInt32BE(at + 8 + length)).toBe(crc32(body));
    chunks.set(body.toString('latin1', 0, 4), body.subarray(4));
    at += length + 12;
  }
  expect([...chunks.keys()]).toEqual(['IHDR', 'PLTE', 'IDAT', 'IEND']);
  expect(chunks.get('IHDR')?.toString('hex')).toBe('00000002000000020803000000');
  expect(chunks.get('PLTE')?.toString('hex')).toBe('ffffff123456');
  expect(inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0)).toString('hex')).toBe('000001000100');
});
