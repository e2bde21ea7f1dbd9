import { keepsAlive } from './connection.ts';
import type { HeaderFields } from './header-fields.ts';
import type { AnswerFraming, AnswerHead, MessageLimits, ReaderOptions } from './message.ts';
import { problems } from './message-problems.ts';
import { MessageReader } from './message-reader.ts';
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

type State = 'unexpected' | 'head' | 'content';

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
export class AnswerReader extends MessageReader<StatusLine> {
  head: AnswerHead = noHead;
  /** The answer that is read, or was read last, is one to HEAD. */
  isToHead = false;
  #state: State = 'unexpected';

  constructor(limits: MessageLimits, options: ReaderOptions = {}) {
    super(new StatusLine(), limits, options);
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
    if (this.isOver) return;
    if (this.#state !== 'unexpected') throw new TypeError('Cannot expect an answer: one is under way');
    if (!this.input.isEmpty) return;
    this.#state = 'head';
    this.isToHead = method === 'HEAD';
  }

  next(): AnswerEvent {
    if (this.isOver) return 'none';
    switch (this.#state) {
      case 'head':
        return this.#nextHead();
      case 'content':
        return this.#nextContent();
      case 'unexpected':
        return this.input.isEmpty ? this.#rest() : this.fail(problems.unexpected);
    }
  }

  /**
   * The stream ended in good order, and `next` has answered `none`. `end`: that made the answer whole; `cut`: no answer
   * was under way that the stream's end could end.
   */
  endOfInput(): 'end' | 'cut' {
    const isWhole = !this.isOver && this.#state === 'content' && this.content.isUntilEnd && this.input.isEmpty;
    this.stop();
    return isWhole ? 'end' : 'cut';
  }

  #nextHead(): AnswerEvent {
    const missing = this.takeHead();
    if (missing !== null) return missing;
    this.head = makeHead(this.heads.line, this.heads.fields, this.isToHead);
    return this.head.status < 200 ? this.#finishInterim() : this.#beginContent();
  }

  #finishInterim(): AnswerEvent {
    if (this.head.status !== 101) return this.head.keepsAlive ? 'interim' : this.fail(problems.lastInterim);
    this.isOver = true;
    return 'switch';
  }

  #beginContent(): AnswerEvent {
    this.content.begin(this.head.framing, this.head.length);
    this.#state = 'content';
    return 'head';
  }

  #nextContent(): AnswerEvent {
    const event = this.takeContent();
    if (event === 'end') this.#state = 'unexpected';
    return event;
  }

  /** An idle stream must cost little. */
  #rest(): 'none' {
    this.head = noHead;
    this.heads.release();
    return this.wait();
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
