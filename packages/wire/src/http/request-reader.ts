import { keepsAlive } from './connection.ts';
import type { HeaderFields } from './header-fields.ts';
import type { MessageLimits, ReaderOptions, RequestHead } from './message.ts';
import { problems } from './message-problems.ts';
import { MessageReader } from './message-reader.ts';
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

type State = 'idle' | 'lineFeed' | 'head' | 'content';

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
export class RequestReader extends MessageReader<RequestLine> {
  head: RequestHead = noHead;
  #state: State = 'idle';

  constructor(limits: MessageLimits, options: ReaderOptions = {}) {
    super(new RequestLine(), limits, options);
  }

  /** True between requests as long as no byte of the next one was read. */
  get isIdle(): boolean {
    const isBetween = !this.isOver && (this.#state === 'idle' || this.#state === 'head');
    return isBetween && !this.heads.isPartial && this.input.isEmpty;
  }

  next(): RequestEvent {
    if (this.isOver) return 'none';
    switch (this.#state) {
      case 'idle':
        return this.#begin();
      case 'lineFeed':
        return this.#skipLineFeed();
      case 'head':
        return this.#nextHead();
      case 'content':
        return this.#nextContent();
    }
  }

  /** One empty line before a request line is tolerated (RFC 9112 §2.2). */
  #begin(): RequestEvent {
    const { input } = this;
    if (input.isEmpty) return this.#rest();
    const isEmptyLine = input.chunk[input.at] === cr;
    this.#state = isEmptyLine ? 'lineFeed' : 'head';
    if (!isEmptyLine) return this.#nextHead();
    input.at++;
    return this.#skipLineFeed();
  }

  #skipLineFeed(): RequestEvent {
    const { input } = this;
    if (input.isEmpty) return this.wait();
    if (input.chunk[input.at] !== lf) return this.fail(problems.lineEnd);
    input.at++;
    this.#state = 'head';
    return this.#nextHead();
  }

  #nextHead(): RequestEvent {
    const missing = this.takeHead();
    if (missing !== null) return missing;
    this.head = makeHead(this.heads.line, this.heads.fields);
    this.content.begin(this.head.framing, this.head.length);
    this.#state = 'content';
    return 'head';
  }

  #nextContent(): RequestEvent {
    const event = this.takeContent();
    if (event !== 'end') return event;
    if (this.head.keepsAlive) this.#state = 'idle';
    else this.stop();
    return 'end';
  }

  /** An idle connection must cost little. */
  #rest(): 'none' {
    this.head = noHead;
    this.heads.release();
    return this.wait();
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
