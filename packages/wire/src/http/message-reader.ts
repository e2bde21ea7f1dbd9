import { ContentReader } from './content-reader.ts';
import { HeadReader, type StartLine } from './head-reader.ts';
import { Input } from './input.ts';
import type { HeaderLines, MessageLimits, MessageProblem, ReaderOptions } from './message.ts';
import { problems } from './message-problems.ts';

/** What reading requests and reading answers have in common: one head at a time, its content, and how reading ends. */
export abstract class MessageReader<Line extends StartLine> {
  problem: MessageProblem = problems.none;
  protected readonly input = new Input();
  protected readonly heads: HeadReader<Line>;
  protected readonly content: ContentReader;
  /** Nothing more is read. */
  protected isOver = false;

  protected constructor(line: Line, limits: MessageLimits, options: ReaderOptions) {
    this.heads = new HeadReader(line, limits, options);
    this.content = new ContentReader(limits);
  }

  /** The whole head as it came, a character for each byte; for who keeps it. Valid with its event. */
  get headText(): string {
    return this.heads.text;
  }

  get piece(): Buffer {
    return this.content.piece;
  }

  /** Empty unless the content was chunked. */
  get trailers(): HeaderLines {
    return this.content.trailers;
  }

  /**
   * Gives the reader its next bytes. They must not change afterwards. Once reading is over they are ignored.
   *
   * @throws {TypeError} `next` has not answered `none`.
   */
  feed(chunk: Buffer): void {
    if (!this.isOver) this.input.feed(chunk);
  }

  /** What was fed and not read, null if nothing; the reader reads no more. For what comes behind a switch of protocols. */
  takeRest(): Buffer | null {
    const rest = this.input.isEmpty ? null : this.input.take(this.input.chunk.length);
    this.stop();
    return rest;
  }

  /** Reads on in a head. Null: it is whole, in `heads`. */
  protected takeHead(): 'none' | 'malformed' | null {
    if (this.input.isEmpty) return this.wait();
    if (this.heads.take(this.input)) return null;
    return this.heads.problem === null ? this.wait() : this.fail(this.heads.problem);
  }

  /** Reads on in the content that was begun. */
  protected takeContent(): 'none' | 'body' | 'end' | 'malformed' {
    const event = this.content.next(this.input);
    if (event === 'none') return this.wait();
    return event === 'malformed' ? this.fail(this.content.problem ?? problems.lineEnd) : event;
  }

  /** The input is used up. */
  protected wait(): 'none' {
    this.input.release();
    this.content.release();
    return 'none';
  }

  protected fail(problem: MessageProblem): 'malformed' {
    this.problem = problem;
    this.stop();
    return 'malformed';
  }

  protected stop(): void {
    this.isOver = true;
    this.input.release();
    this.heads.release();
    this.content.release();
  }
}
