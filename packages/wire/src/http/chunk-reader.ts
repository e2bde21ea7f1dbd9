import { hexValues } from './byte-classes.ts';
import { extensionStates, nextExtensionState } from './chunk-extension.ts';
import { HeaderFields } from './header-fields.ts';
import type { Input } from './input.ts';
import { LineBlock } from './line-block.ts';
import type { HeaderLines, MessageLimits, MessageProblem } from './message.ts';
import { problems } from './message-problems.ts';

/** 2^52 and less: sums of sizes stay exact for longer than any connection lives. */
const maxSizeDigits = 13;
const cr = 0x0d;
const lf = 0x0a;
const semicolon = 0x3b;
const empty = Buffer.alloc(0);
const noTrailers: HeaderLines = Object.freeze([]);

type State = 'size' | 'extension' | 'sizeEnd' | 'data' | 'dataEnd' | 'dataEndLf' | 'lastLine' | 'lastLf' | 'trailers';

/** Undoes the chunked coding of one message after the other (RFC 9112 §7.1). */
export class ChunkReader {
  piece: Buffer = empty;
  trailers: HeaderLines = noTrailers;
  problem: MessageProblem | null = null;
  readonly #limits: MessageLimits;
  readonly #block: LineBlock;
  #state: State = 'size';
  #size = 0;
  #digits = 0;
  #extensionState: number = extensionStates.start;
  #extensionBytes = 0;

  constructor(limits: MessageLimits) {
    this.#limits = limits;
    this.#block = new LineBlock(limits.maxTrailerBytes, problems.trailers);
  }

  /** Another message begins. */
  begin(): void {
    this.#state = 'size';
    this.#size = 0;
    this.#digits = 0;
    this.#extensionBytes = 0;
    this.trailers = noTrailers;
  }

  /** Lets go of the last piece. */
  release(): void {
    this.piece = empty;
  }

  next(input: Input): 'none' | 'body' | 'end' | 'malformed' {
    while (!input.isEmpty) {
      if (this.#state === 'data') return this.#takeData(input);
      if (this.#state === 'trailers') return this.#takeTrailers(input);
      const byte = input.chunk[input.at++] ?? 0;
      if (this.#state === 'lastLf' && byte === lf) return 'end';
      const problem = this.#step(byte, input);
      if (problem !== null) return this.#fail(problem);
    }
    return 'none';
  }

  #takeData(input: Input): 'body' {
    this.piece = input.take(this.#size);
    this.#size -= this.piece.length;
    if (this.#size === 0) this.#state = 'dataEnd';
    return 'body';
  }

  #takeTrailers(input: Input): 'none' | 'end' | 'malformed' {
    const block = this.#block;
    const isWhole = block.take(input);
    if (!isWhole) return block.problem === null ? 'none' : this.#fail(block.problem);
    const fields = new HeaderFields(this.#limits.maxHeaderLines, true);
    const problem = fields.read(block, block.text(block.end), block.start);
    block.release();
    if (problem !== null) return this.#fail(problem === problems.lines ? problems.trailers : problem);
    if (isAboutFraming(fields)) return this.#fail(problems.framingTrailer);
    this.trailers = fields.lines;
    return 'end';
  }

  #step(byte: number, input: Input): MessageProblem | null {
    switch (this.#state) {
      case 'size':
        return this.#stepSize(byte);
      case 'extension':
        return this.#stepExtension(byte);
      case 'sizeEnd':
        if (byte !== lf) return problems.lineEnd;
        this.#state = this.#size === 0 ? 'lastLine' : 'data';
        return null;
      case 'dataEnd':
        if (byte !== cr) return problems.chunkEnd;
        this.#state = 'dataEndLf';
        return null;
      case 'dataEndLf':
        if (byte !== lf) return problems.chunkEnd;
        this.#state = 'size';
        this.#digits = 0;
        return null;
      case 'lastLine':
        if (byte !== cr) input.at--;
        this.#state = byte === cr ? 'lastLf' : 'trailers';
        return null;
      default:
        return problems.lineEnd;
    }
  }

  #stepSize(byte: number): MessageProblem | null {
    const digit = hexValues[byte] ?? 255;
    if (digit !== 255) {
      if (this.#digits++ === maxSizeDigits) return problems.chunkSize;
      this.#size = this.#size * 16 + digit;
      return null;
    }
    if (this.#digits === 0) return problems.chunkSize;
    if (byte === cr) this.#state = 'sizeEnd';
    else if (byte === semicolon) return this.#beginExtension();
    else return problems.chunkSize;
    return null;
  }

  #beginExtension(): MessageProblem | null {
    this.#state = 'extension';
    this.#extensionState = extensionStates.start;
    return this.#extensionBytes++ < this.#limits.maxChunkExtensionBytes ? null : problems.chunkExtensions;
  }

  #stepExtension(byte: number): MessageProblem | null {
    const state = nextExtensionState(this.#extensionState, byte);
    if (state === extensionStates.bad) return problems.chunkExtension;
    if (state === extensionStates.end) {
      this.#state = 'sizeEnd';
      return null;
    }
    this.#extensionState = state;
    return this.#extensionBytes++ < this.#limits.maxChunkExtensionBytes ? null : problems.chunkExtensions;
  }

  #fail(problem: MessageProblem): 'malformed' {
    this.problem = problem;
    return 'malformed';
  }
}

/** Such trailers would frame the message for a reader that merges them into the head (RFC 9110 §6.5.1). */
function isAboutFraming(fields: HeaderFields): boolean {
  return fields.contentLength !== -1 || fields.isChunked || fields.connection !== '';
}
