import { keepsAlive } from './connection.ts';
import { ContentReader } from './content-reader.ts';
import { HeadReader } from './head-reader.ts';
import type { HeaderFields } from './header-fields.ts';
import { Input } from './input.ts';
import type { HeaderLines, MessageLimits, MessageProblem, RequestHead } from './message.ts';
import { problems } from './message-problems.ts';
import { RequestLine } from './request-line.ts';
import { readUpgrade } from './upgrade-tokens.ts';

/**
 * What `next` found; the fields of the reader named here are valid until the following call.
 *
 * - `none`: the chunk is used up, feed another.
 * - `head`: a request begins: `head`.
 * - `body`: a piece of its content in `piece`: a slice of what was fed, never empty.
 * - `end`: the request is whole: `trailers`. Every request ends so, also one without content.
 * - `malformed`: `problem` says why. Reading is over.
 */
export type RequestEvent = 'none' | 'head' | 'body' | 'end' | 'malformed';

type State = 'idle' | 'lineFeed' | 'head' | 'content' | 'over';

const cr = 0x0d;
const lf = 0x0a;
const noHead: RequestHead = Object.freeze({
  method: '',
  target: '',
  version: '1.1',
  headers: [],
  framing: 'none',
  length: -1,
  keepsAlive: false,
  upgrade: null,
});

/**
 * Incremental reader of the requests of one connection, one after the other. It holds at most one head or one block of
 * trailers, and those only while they are incomplete.
 */
export class RequestReader {
  head: RequestHead = noHead;
  problem: MessageProblem = problems.none;
  readonly #input = new Input();
  readonly #heads: HeadReader<RequestLine>;
  readonly #content: ContentReader;
  #state: State = 'idle';

  constructor(limits: MessageLimits) {
    this.#heads = new HeadReader(new RequestLine(), limits);
    this.#content = new ContentReader(limits);
  }

  get piece(): Buffer {
    return this.#content.piece;
  }

  /** Empty unless the content was chunked. */
  get trailers(): HeaderLines {
    return this.#content.trailers;
  }

  /** True between requests as long as no byte of the next one was read. */
  get isIdle(): boolean {
    return (this.#state === 'idle' || this.#state === 'head') && !this.#heads.isPartial && this.#input.isEmpty;
  }

  /**
   * Gives the reader its next bytes. They must not change afterwards. Once reading is over they are ignored.
   *
   * @throws {TypeError} `next` has not answered `none`.
   */
  feed(chunk: Buffer): void {
    if (this.#state !== 'over') this.#input.feed(chunk);
  }

  next(): RequestEvent {
    switch (this.#state) {
      case 'idle':
        return this.#begin();
      case 'lineFeed':
        return this.#skipLineFeed();
      case 'head':
        return this.#nextHead();
      case 'content':
        return this.#nextContent();
      case 'over':
        return 'none';
    }
  }

  /** What was fed and not read, null if nothing; the reader reads no more. For upgrades: behind `head`. */
  takeRest(): Buffer | null {
    const rest = this.#input.isEmpty ? null : this.#input.take(this.#input.chunk.length);
    this.#stop();
    return rest;
  }

  /** One empty line before a request line is tolerated (RFC 9112 §2.2). */
  #begin(): RequestEvent {
    const input = this.#input;
    if (input.isEmpty) return this.#rest();
    const isEmptyLine = input.chunk[input.at] === cr;
    this.#state = isEmptyLine ? 'lineFeed' : 'head';
    if (!isEmptyLine) return this.#nextHead();
    input.at++;
    return this.#skipLineFeed();
  }

  #skipLineFeed(): RequestEvent {
    const input = this.#input;
    if (input.isEmpty) return this.#wait();
    if (input.chunk[input.at] !== lf) return this.#fail(problems.lineEnd);
    input.at++;
    this.#state = 'head';
    return this.#nextHead();
  }

  #nextHead(): RequestEvent {
    const heads = this.#heads;
    if (this.#input.isEmpty) return this.#wait();
    if (!heads.take(this.#input)) return heads.problem === null ? this.#wait() : this.#fail(heads.problem);
    this.head = makeHead(heads.line, heads.fields);
    this.#content.begin(this.head.framing, this.head.length);
    this.#state = 'content';
    return 'head';
  }

  /** An idle connection must cost little. */
  #rest(): 'none' {
    this.head = noHead;
    this.#heads.release();
    return this.#wait();
  }

  #wait(): 'none' {
    this.#input.release();
    this.#content.release();
    return 'none';
  }

  #nextContent(): RequestEvent {
    const event = this.#content.next(this.#input);
    if (event === 'body') return event;
    if (event === 'none') return this.#wait();
    if (event === 'malformed') return this.#fail(this.#content.problem ?? problems.lineEnd);
    if (this.head.keepsAlive) this.#state = 'idle';
    else this.#stop();
    return 'end';
  }

  #fail(problem: MessageProblem): 'malformed' {
    this.problem = problem;
    this.#stop();
    return 'malformed';
  }

  #stop(): void {
    this.#state = 'over';
    this.#input.release();
    this.#heads.release();
    this.#content.release();
  }
}

function makeHead(line: RequestLine, fields: HeaderFields): RequestHead {
  const { method, target, version } = line;
  return {
    method,
    target,
    version,
    headers: fields.lines,
    framing: fields.isChunked ? 'chunked' : fields.contentLength === -1 ? 'none' : 'length',
    length: fields.contentLength,
    keepsAlive: keepsAlive(version, fields.connection),
    upgrade: readUpgrade(fields, version),
  };
}
