import { ChunkReader } from './chunk-reader.ts';
import type { Input } from './input.ts';
import type { AnswerFraming, HeaderLines, MessageLimits, MessageProblem } from './message.ts';

const empty = Buffer.alloc(0);
const noTrailers: HeaderLines = Object.freeze([]);

/** Reads the content of one message after the other, in pieces that are slices of what was fed (RFC 9112 §6). */
export class ContentReader {
  piece: Buffer = empty;
  trailers: HeaderLines = noTrailers;
  readonly #limits: MessageLimits;
  /** Made for the first message that is chunked: most connections never have one. */
  #chunks: ChunkReader | null = null;
  #framing: AnswerFraming = 'none';
  #left = 0;

  constructor(limits: MessageLimits) {
    this.#limits = limits;
  }

  get problem(): MessageProblem | null {
    return this.#chunks?.problem ?? null;
  }

  /** True: the content ends with the stream. */
  get isUntilEnd(): boolean {
    return this.#framing === 'untilEnd';
  }

  /** The content of another message begins. */
  begin(framing: AnswerFraming, length: number): void {
    this.#framing = framing;
    this.#left = length;
    this.trailers = noTrailers;
    if (framing === 'chunked') this.#chunkReader().begin();
  }

  /** Whoever waits for bytes must not keep the last piece alive. */
  release(): void {
    this.piece = empty;
    this.#chunks?.release();
  }

  next(input: Input): 'none' | 'body' | 'end' | 'malformed' {
    switch (this.#framing) {
      case 'none':
        return 'end';
      case 'length':
        return this.#left === 0 ? 'end' : this.#takeCounted(input);
      case 'chunked':
        return this.#takeChunked(input, this.#chunkReader());
      case 'untilEnd':
        return this.#take(input, input.chunk.length);
    }
  }

  #takeCounted(input: Input): 'none' | 'body' {
    const event = this.#take(input, this.#left);
    if (event === 'body') this.#left -= this.piece.length;
    return event;
  }

  #takeChunked(input: Input, chunks: ChunkReader): 'none' | 'body' | 'end' | 'malformed' {
    const event = chunks.next(input);
    this.piece = chunks.piece;
    if (event === 'end') this.trailers = chunks.trailers;
    return event;
  }

  #chunkReader(): ChunkReader {
    this.#chunks ??= new ChunkReader(this.#limits);
    return this.#chunks;
  }

  #take(input: Input, maxBytes: number): 'none' | 'body' {
    if (input.isEmpty) return 'none';
    this.piece = input.take(maxBytes);
    return 'body';
  }
}
