import { HeaderFields } from './header-fields.ts';
import type { Input } from './input.ts';
import { LineBlock } from './line-block.ts';
import type { MessageLimits, MessageProblem, ReaderOptions } from './message.ts';
import { problems } from './message-problems.ts';

/** What differs between the head of a request and that of an answer. */
export interface StartLine {
  readonly version: '1.0' | '1.1';
  /** Behind the line's CRLF. */
  readonly end: number;
  /** Reads the line that begins at `start` of `bytes`; `text` holds the same bytes from there. */
  read(bytes: Uint8Array, text: string, start: number): MessageProblem | null;
}

/** Reads one head after the other: start line and header lines. */
export class HeadReader<Line extends StartLine> {
  /** Valid, as `fields`, once `take` answered true. */
  readonly line: Line;
  readonly fields: HeaderFields;
  /** Set by a `take` that answered false if the head cannot become a good one. */
  problem: MessageProblem | null = null;
  readonly #block: LineBlock;
  #isLineChecked = false;

  constructor(line: Line, limits: MessageLimits, { keepsLines = true }: ReaderOptions) {
    this.line = line;
    this.fields = new HeaderFields(limits.maxHeaderLines, keepsLines);
    this.#block = new LineBlock(limits.maxHeadBytes, problems.head);
  }

  /** Of the head that was read last. */
  get text(): string {
    return this.fields.text;
  }

  /** True once some bytes of a head came, and not all. */
  get isPartial(): boolean {
    return this.#block.isPartial;
  }

  /** Reads on. True: the head is whole and good, and what follows it is still in the input. */
  take(input: Input): boolean {
    const isWhole = this.#block.take(input);
    this.problem = isWhole ? this.#read() : (this.#block.problem ?? this.#checkLine());
    if (isWhole) this.#releaseBlock();
    return isWhole && this.problem === null;
  }

  /** Lets go of what came of a head, and of the last one. */
  release(): void {
    this.#releaseBlock();
    this.fields.release();
  }

  #releaseBlock(): void {
    this.#block.release();
    this.#isLineChecked = false;
  }

  #read(): MessageProblem | null {
    const { line, fields } = this;
    const block = this.#block;
    const text = block.text(block.end);
    return (
      line.read(block.bytes, text, block.start) ??
      fields.read(block, text, line.end) ??
      fields.framingProblem(line.version)
    );
  }

  /** What is no HTTP at all is refused at its first line: whoever speaks another protocol may wait for an answer to it. */
  #checkLine(): MessageProblem | null {
    const block = this.#block;
    if (block.firstLineEnd === -1 || this.#isLineChecked) return null;
    this.#isLineChecked = true;
    return this.line.read(block.bytes, block.text(block.firstLineEnd + 1), block.start);
  }
}
