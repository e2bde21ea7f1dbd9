import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { EvaluationFailure } from '../evaluation-failure.ts';
import type { Fuel } from '../fuel.ts';
import { crc64 } from './crc64.ts';
import { type FunctionRow, overloads } from './function-row.ts';
import { xxhash64 } from './xxhash64.ts';

type Digest = (data: Buffer) => Buffer;

const digests: Readonly<Record<string, readonly [about: string, digest: Digest]>> = {
  crc32: ['CRC-32 of IEEE 802.3', (data) => fromNumber(crc32(data))],
  crc64: ['CRC-64 of ISO 3309', crc64],
  md5: ['MD5, which is broken: no protection against somebody who wants two texts to look the same', ofNode('md5')],
  sha1: ['SHA-1, which is weak: no protection against somebody who wants two texts to look the same', ofNode('sha1')],
  sha256: ['SHA-256', ofNode('sha256')],
  sha512: ['SHA-512', ofNode('sha512')],
  xxhash64: ['XXH64 with seed 0', xxhash64],
};

/** Digests of texts in UTF-8, hexadecimal or in Base64. */
export function hashFunctions(fuel: Fuel): FunctionRow[] {
  return Object.entries(digests).flatMap(([name, [about, digest]]) => {
    const hash = (text: string, form = 'hex') => {
      if (form !== 'hex' && form !== 'base64') throw new EvaluationFailure('a digest is written as "hex" or "base64"');
      // Some of them take a dozen nanoseconds for a byte, and a few microseconds to begin with.
      fuel.look(256 + text.length * 2);
      return digest(Buffer.from(text, 'utf8')).toString(form);
    };
    return overloads(`${about}; hexadecimal, or what the second argument says: "hex" or "base64".`, {
      [`hash.${name}(string): string`]: (_: object, text: string) => hash(text),
      [`hash.${name}(string, string): string`]: (_: object, text: string, form: string) => hash(text, form),
      [`string.${name}(): string`]: hash,
      [`string.${name}(string): string`]: hash,
    });
  });
}

function ofNode(name: string): Digest {
  return (data) => createHash(name).update(data).digest();
}

function fromNumber(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
