import { keepsAlive } from './connection.ts';
import { ContentReader } from './content-reader.ts';
import { HeadReader } from './head-reader.ts';
import type { HeaderFields } from './header-fields.ts';
import { Input } from './input.ts';
import type { AnswerFraming, AnswerHead, HeaderLines, MessageLimits, MessageProblem } from './message.ts';
import { problems } from './message-problems.ts';
import { StatusLine } from './status-line.ts';

/**
 * What `next` found; the fields of the reader named here are valid until the following call.
 *
 * - `none`: the chunk is used up, feed another.
 * - `interim`: an interim answer, 100 to 199 and not 101: `head`. The final one is still expected.
 * - `switch`: 101: `head`. Reading is over; `takeRest` has the first bytes of the other protocol.
 * - `head`: the final answer begins: `head`.
 * - `body`: a piece of its content in `piece`: a slice of what was fed, never empty.
 * - `end`: the answer is whole: `trailers`. Every final answer ends so, also one without content.
 * - `malformed`: `problem` says why. Reading is over.
 */
export type AnswerEvent = 'none' | 'interim' | 'switch' | 'head' | 'body' | 'end' | 'malformed';

type State = 'unexpected' | 'head' | 'content' | 'over';

const noHead: AnswerHead = Object.freeze({
  status: 0,
  reason: '',
  version: '1.1',
  headers: [],
  framing: 'none',
  length: -1,
  keepsAlive: false,
});

/**
 * Incremental reader of the answers on one connection, one after the other. It holds at most one head or one block of
 * trailers, and those only while they are incomplete.
 */
export class AnswerReader {
  head: AnswerHead = noHead;
  problem: MessageProblem = problems.none;
  readonly #input = new Input();
  readonly #heads: HeadReader<StatusLine>;
  readonly #content: ContentReader;
  #state: State = 'unexpected';
  #isToHead = false;

  constructor(limits: MessageLimits) {
    this.#heads = new HeadReader(new StatusLine(), limits);
    this.#content = new ContentReader(limits);
  }

  get piece(): Buffer {
    return this.#content.piece;
  }

  /** Empty unless the content was chunked. */
  get trailers(): HeaderLines {
    return this.#content.trailers;
  }

  /**
   * One answer may come now. Before its bytes are fed: those that were fed already answer no request, and the next `next`
   * says so.
   *
   * @param method Of the request: an answer to HEAD has no content.
   * @throws {TypeError} An answer is under way; or CONNECT, whose answers are framed unlike all others.
   */
  expect(method: string): void {
    if (method === 'CONNECT') throw new TypeError('Cannot expect an answer to CONNECT');
    if (this.#state === 'over') return;
    if (this.#state !== 'unexpected') throw new TypeError('Cannot expect an answer: one is under way');
    if (!this.#input.isEmpty) return;
    this.#state = 'head';
    this.#isToHead = method === 'HEAD';
  }

  /**
   * Gives the reader its next bytes. They must not change afterwards. Once reading is over they are ignored.
   *
   * @throws {TypeError} `next` has not answered `none`.
   */
  feed(chunk: Buffer): void {
    if (this.#state !== 'over') this.#input.feed(chunk);
  }

  next(): AnswerEvent {
    switch (this.#state) {
      case 'head':
        return this.#nextHead();
      case 'content':
        return this.#nextContent();
      case 'unexpected':
        return this.#input.isEmpty ? this.#rest() : this.#fail(problems.unexpected);
      case 'over':
        return 'none';
    }
  }

  /** What was fed and not read, null if nothing; the reader reads no more. Behind `switch`. */
  takeRest(): Buffer | null {
    const rest = this.#input.isEmpty ? null : this.#input.take(this.#input.chunk.length);
    this.#stop();
    return rest;
  }

  /**
   * The stream ended in good order, and `next` has answered `none`. `end`: that made the answer whole; `cut`: no answer
   * was under way that the stream's end could end.
   */
  endOfInput(): 'end' | 'cut' {
    const isWhole = this.#state === 'content' && this.#content.isUntilEnd && this.#input.isEmpty;
    this.#stop();
    return isWhole ? 'end' : 'cut';
  }

  #nextHead(): AnswerEvent {
    const heads = this.#heads;
    if (this.#input.isEmpty) return this.#wait();
    if (!heads.take(this.#input)) return heads.problem === null ? this.#wait() : this.#fail(heads.problem);
    this.head = makeHead(heads.line, heads.fields, this.#isToHead);
    return this.head.status < 200 ? this.#finishInterim() : this.#beginContent();
  }

  #finishInterim(): AnswerEvent {
    if (this.head.status !== 101) return this.head.keepsAlive ? 'interim' : this.#fail(problems.lastInterim);
    this.#state = 'over';
    return 'switch';
  }

  #beginContent(): AnswerEvent {
    this.#content.begin(this.head.framing, this.head.length);
    this.#state = 'content';
    return 'head';
  }

  #nextContent(): AnswerEvent {
    const event = this.#content.next(this.#input);
    if (event === 'body') return event;
    if (event === 'none') return this.#wait();
    if (event === 'malformed') return this.#fail(this.#content.problem ?? problems.lineEnd);
    this.#state = 'unexpected';
    return 'end';
  }

  /** An idle stream must cost little. */
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

function makeHead(line: StatusLine, fields: HeaderFields, isToHead: boolean): AnswerHead {
  const { status, reason, version } = line;
  const framing = isToHead ? 'none' : framingOf(status, fields);
  return {
    status,
    reason,
    version,
    headers: fields.lines,
    framing,
    length: fields.contentLength,
    keepsAlive: framing !== 'untilEnd' && keepsAlive(version, fields.connection),
  };
}

/** RFC 9112 §6.3, in its order. */
function framingOf(status: number, fields: HeaderFields): AnswerFraming {
  if (status < 200 || status === 204 || status === 304) return 'none';
  if (fields.isChunked) return 'chunked';
  return fields.contentLength === -1 ? 'untilEnd' : 'length';
}
