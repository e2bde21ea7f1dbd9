import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AditError } from '@adit/contracts';
import { contentDecoders } from './content-coding.ts';
import type { HeaderFields } from './header-fields.ts';

/**
 * The content as it was before it was compressed. Undefined: it cannot be decompressed.
 *
 * @throws {AditError} 9010: it becomes longer than `maxBytes`, however little it was.
 */
export async function decompressed(
  body: Uint8Array,
  headers: HeaderFields,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const decoders = contentDecoders(headers);
  if (decoders === null) return undefined;
  if (decoders.length === 0) return body;
  const collected = new Collected(maxBytes);
  try {
    await pipeline([Readable.from([body]), ...decoders, collected]);
  } catch (error) {
    if (error instanceof AditError) throw error;
    return undefined; // Refused: it is not what it says it is.
  }
  return Buffer.concat(collected.pieces);
}

class Collected extends Writable {
  readonly pieces: Buffer[] = [];
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    super();
    this.#maxBytes = maxBytes;
  }

  override _write(piece: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxBytes) return done(new AditError(9010));
    this.pieces.push(piece);
    done();
  }
}
