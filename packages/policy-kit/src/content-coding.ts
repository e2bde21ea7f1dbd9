import { Transform, type TransformCallback } from 'node:stream';
import zlib from 'node:zlib';
import type { HeaderFields } from './header-fields.ts';

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: zlib.createGunzip,
  'x-gzip': zlib.createGunzip,
  deflate: zlib.createInflate,
  br: zlib.createBrotliDecompress,
  zstd: () => zlib.createZstdDecompress({ params: { [zlib.constants.ZSTD_d_windowLogMax]: maxWindowLog } }),
};

/** 8 MiB, of zstd: content that wants more is none (RFC 9659 §3). Each decoder holds as much while it runs; others take little. */
const maxWindowLog = 23;

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
  return names.toReversed().flatMap((name) => {
    const decoder = decoders[name]?.();
    return decoder ? [decoder, new NothingLeft(decoder)] : [];
  });
}

/**
 * Stands behind a decoder and fails when that ends before its input does. The runtime's say nothing of what is left then, which
 * others may read: a further frame or part, or the same after some zeros.
 */
class NothingLeft extends Transform {
  readonly #decoder: Transform;

  constructor(decoder: Transform) {
    super();
    this.#decoder = decoder;
  }

  override _transform(piece: Buffer, _encoding: string, done: TransformCallback): void {
    done(null, piece);
  }

  override _flush(done: TransformCallback): void {
    const isWhole = this.#decoder.writableLength === 0;
    done(isWhole ? null : new TypeError('Cannot decompress: something follows what is compressed'));
  }
}
