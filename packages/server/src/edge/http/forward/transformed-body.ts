import type { Transform } from 'node:stream';

export interface TransformedBodyOptions {
  /** Takes a piece; false: no more before `resume`. */
  write(piece: Buffer): boolean;
  end(): void;
  /** More may be given. */
  onDrain(): void;
  onError(error: Error): void;
}

/** The content of an answer on its way through the transforms of policies, in the manner of calls that say when to pause. */
export class TransformedBody {
  readonly #transforms: readonly Transform[];

  constructor(transforms: readonly Transform[], { write, end, onDrain, onError }: TransformedBodyOptions) {
    this.#transforms = transforms;
    const last = transforms.reduce((from, to) => from.pipe(to));
    for (const transform of transforms) transform.on('error', onError);
    transforms[0]?.on('drain', onDrain);
    last.on('data', (piece: Buffer) => {
      if (!write(piece)) last.pause();
    });
    last.on('end', end);
  }

  /** False: no more before `onDrain`. */
  write(piece: Buffer): boolean {
    return this.#transforms[0]?.write(piece) ?? true;
  }

  end(): void {
    this.#transforms[0]?.end();
  }

  /** The visitor takes more. */
  resume(): void {
    this.#transforms.at(-1)?.resume();
  }

  destroy(): void {
    for (const transform of this.#transforms) transform.destroy();
  }
}
