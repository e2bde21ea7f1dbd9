import { textBytes } from './byte-classes.ts';
import type { Input } from './input.ts';
import type { MessageProblem } from './message.ts';
import { problems } from './message-problems.ts';

const empty = Buffer.alloc(0);
const emptyLine = Buffer.from('\r\n\r\n');
const cr = 0x0d;
const lf = 0x0a;

/**
 * Finds the lines up to and with an empty one: a head, or trailers. Mostly they are all in one chunk and are left there;
 * else they are gathered, at most `maxBytes` of them. Each byte is looked at a bounded number of times, however they come.
 */
export class LineBlock {
  /** Where the lines are, from `start` to `end`: all of them once `take` answered true, those so far before. */
  bytes: Buffer = empty;
  start = 0;
  end = 0;
  /** Where the first line's LF is, while the block is not whole; -1 before it came. */
  firstLineEnd = -1;
  /** Set by a `take` that answered false if the block cannot become a good one. */
  problem: MessageProblem | null = null;
  readonly #maxBytes: number;
  readonly #tooLarge: MessageProblem;
  #isPartial = false;

  constructor(maxBytes: number, tooLarge: MessageProblem) {
    this.#maxBytes = maxBytes;
    this.#tooLarge = tooLarge;
  }

  /** True from the first bytes of a block that did not come whole until `release`. */
  get isPartial(): boolean {
    return this.#isPartial;
  }

  /** Reads on. True: the block is whole, and what follows it is still in the input. */
  take(input: Input): boolean {
    if (this.#isPartial) return this.#gather(input);
    const found = input.chunk.indexOf(emptyLine, input.at);
    const end = found + emptyLine.length;
    if (found === -1 || end - input.at > this.#maxBytes) return this.#gather(input);
    this.bytes = input.chunk;
    this.start = input.at;
    this.end = end;
    input.at = end;
    return true;
  }

  /** The bytes from `start` to `end` as latin1. */
  text(end: number): string {
    return this.bytes.toString('latin1', this.start, end);
  }

  /** Lets go of the bytes. */
  release(): void {
    this.bytes = empty;
    this.start = 0;
    this.end = 0;
    this.firstLineEnd = -1;
    this.#isPartial = false;
  }

  #gather(input: Input): boolean {
    const before = this.end;
    this.#append(input);
    const gathered = this.bytes.subarray(0, this.end);
    const found = gathered.indexOf(emptyLine, Math.max(0, before - emptyLine.length + 1));
    if (found === -1) return this.#judge(before);
    input.at -= this.end - (found + emptyLine.length);
    this.end = found + emptyLine.length;
    return true;
  }

  #append(input: Input): void {
    const { chunk, at } = input;
    const length = Math.min(chunk.length - at, this.#maxBytes - this.end);
    const end = this.end + length;
    if (end > this.bytes.length) {
      const larger = Buffer.alloc(Math.min(this.#maxBytes, Math.max(end, 2 * this.bytes.length, 512)));
      this.bytes.copy(larger, 0, 0, this.end);
      this.bytes = larger;
    }
    chunk.copy(this.bytes, this.end, at, at + length);
    input.at = at + length;
    this.end = end;
    this.#isPartial = true;
  }

  /** Without this a sender of bare LF, or of something that is no HTTP at all, would be waited for. */
  #judge(from: number): false {
    const { bytes, end } = this;
    let previous = from === 0 ? 0 : (bytes[from - 1] ?? 0);
    for (let at = from; at < end; at++) {
      const byte = bytes[at] ?? 0;
      const isGood = byte === lf ? previous === cr : previous !== cr && (byte === cr || textBytes[byte] === 1);
      if (!isGood) this.problem = problems.lineEnd;
      if (byte === lf && this.firstLineEnd === -1) this.firstLineEnd = at;
      previous = byte;
    }
    if (this.problem === null && end === this.#maxBytes) this.problem = this.#tooLarge;
    return false;
  }
}
