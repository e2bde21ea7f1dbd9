import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import type { HeaderFields } from './header-fields.ts';

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: zlib.createGunzip,
  'x-gzip': zlib.createGunzip,
  deflate: zlib.createInflate,
  br: zlib.createBrotliDecompress,
  zstd: zlib.createZstdDecompress,
};

/** More, one in the other, has no use but to make much of little. */
const maxCodings = 2;

/**
 * What content has to pass through, in this order, to be as it was before it was compressed (RFC 9110 §8.4). Empty: it is not.
 * Null: in a way that cannot be undone. A few bytes can become very many: whoever collects them bounds them.
 */
export function contentDecoders(headers: HeaderFields): Transform[] | null {
  const names = headers
    .values('content-encoding')
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > maxCodings || names.some((name) => !Object.hasOwn(decoders, name))) return null;
  return names.toReversed().flatMap((name) => decoders[name]?.() ?? []);
}
