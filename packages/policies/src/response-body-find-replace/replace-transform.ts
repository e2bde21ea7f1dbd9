import { Transform, type TransformCallback } from 'node:stream';
import { AditError } from '@adit/contracts';
import type { TextCodec } from '@adit/policy-kit';

export interface ReplaceOptions {
  /** May throw. */
  replace(text: string): { readonly text: string };
  readonly codec: TextCodec;
  readonly maxBytes: number;
}

/** Holds a whole content, replaces in it, and sends it in one piece. Breaks, and nothing is sent, when it cannot. */
export class ReplaceTransform extends Transform {
  readonly #options: ReplaceOptions;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(options: ReplaceOptions) {
    super();
    this.#options = options;
  }

  override _transform(piece: Buffer, _encoding: string, done: TransformCallback): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#options.maxBytes) return done(new AditError(9613));
    this.#pieces.push(piece);
    done();
  }

  override _flush(done: TransformCallback): void {
    const { replace, codec } = this.#options;
    try {
      const { text } = replace(codec.decode(Buffer.concat(this.#pieces.splice(0))));
      done(null, codec.encode(text));
    } catch (cause) {
      done(new AditError(9613, 'Cannot change the answer: its content cannot be read or replaced in', { cause }));
    }
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#pieces.length = 0;
    done(error);
  }
}
