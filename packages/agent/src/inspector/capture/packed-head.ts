import { type AnswerHead, AnswerReader, type MessageLimits, type RequestHead, RequestReader } from '@adit/wire';
import { captureSlabs } from './slabs.ts';

/** It was read once, by a reader that has limits. */
const noLimits: MessageLimits = {
  maxHeadBytes: Number.MAX_SAFE_INTEGER,
  maxHeaderLines: Number.MAX_SAFE_INTEGER,
  maxTrailerBytes: 0,
  maxChunkExtensionBytes: 0,
};
const space = 0x20;
const statusStart = 'HTTP/1.1 '.length;

/**
 * A head that was read and is now only kept: its bytes, of which everything else is made when somebody asks. As lines it
 * would be dozens of objects, which the garbage collector has to move and to visit for as long as it is kept.
 */
export abstract class PackedHead<Head extends RequestHead | AnswerHead> {
  readonly #slab: Buffer;
  readonly #start: number;
  readonly byteLength: number;

  /** @param text The whole head as it came, which a reader has accepted; one character for each byte. */
  constructor(text: string) {
    this.#start = captureSlabs.reserve(text.length);
    this.#slab = captureSlabs.bytes;
    this.#slab.write(text, this.#start, 'latin1');
    this.byteLength = text.length;
  }

  get version(): Head['version'] {
    return this.read().version;
  }
  get headers(): string[] {
    return this.read().headers;
  }
  get framing(): Head['framing'] {
    return this.read().framing;
  }
  get length(): number {
    return this.read().length;
  }
  get keepsAlive(): boolean {
    return this.read().keepsAlive;
  }

  protected get bytes(): Buffer {
    return this.#slab.subarray(this.#start, this.#start + this.byteLength);
  }

  /** What of the first line stands between `from` and `to`, or the next space. */
  protected word(from: number, to?: number): string {
    const start = this.#start + from;
    const end = to === undefined ? this.#slab.indexOf(space, start) : this.#start + to;
    return this.#slab.toString('latin1', start, end);
  }

  protected abstract read(): Head;
}

export class PackedRequestHead extends PackedHead<RequestHead> implements RequestHead {
  get method(): string {
    return this.word(0);
  }
  get target(): string {
    return this.word(this.method.length + 1);
  }
  get upgrade(): RequestHead['upgrade'] {
    return this.read().upgrade;
  }

  protected read(): RequestHead {
    const reader = new RequestReader(noLimits);
    reader.feed(this.bytes);
    reader.next();
    return reader.head;
  }
}

export class PackedAnswerHead extends PackedHead<AnswerHead> implements AnswerHead {
  readonly #isToHead: boolean;

  /** @param isToHead It answers HEAD, and so has no content. */
  constructor(text: string, isToHead: boolean) {
    super(text);
    this.#isToHead = isToHead;
  }

  get status(): number {
    return Number(this.word(statusStart, statusStart + 3));
  }
  get reason(): string {
    return this.read().reason;
  }

  protected read(): AnswerHead {
    const reader = new AnswerReader(noLimits);
    reader.expect(this.#isToHead ? 'HEAD' : 'GET');
    reader.feed(this.bytes);
    reader.next();
    return reader.head;
  }
}
