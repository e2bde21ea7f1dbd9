import type { Duplex } from 'node:stream';
import { type MessageLimits, RequestReader } from '@adit/wire';

/** What the input tells its connection. */
export interface InputHost {
  /** `next` has something to answer again. */
  onInput(): void;
  /** While dropping: more came than may be dropped. */
  onDropLimit(): void;
}

/**
 * What comes from a visitor, parsed only when asked for. Nobody asks while an exchange is under way and wants no content;
 * the stream is still read then, because a visitor who leaves would not be noticed otherwise, up to one chunk, which is
 * held, and then paused. So at most two chunks are here: the one being parsed and the one behind it.
 */
export class VisitorInput {
  readonly reader: RequestReader;
  /** The visitor has ended his side. Bytes of his may still be here. */
  hasEnded = false;
  readonly #stream: Duplex;
  readonly #host: InputHost;
  #held: Buffer | null = null;
  #isHungry = true;
  #isPaused = false;
  /** How many more bytes may be dropped; -1: bytes are not dropped. */
  #dropBytes = -1;

  constructor(stream: Duplex, limits: MessageLimits, host: InputHost) {
    this.reader = new RequestReader(limits);
    this.#stream = stream;
    this.#host = host;
    stream.on('data', this.#onData);
    stream.once('end', this.#onEnd);
  }

  /** The reader's next step. `none`: `onInput` comes with more. `ended`: nothing will ever come. */
  next(): ReturnType<RequestReader['next']> | 'ended' {
    let step = this.reader.next();
    while (step === 'none' && this.#held !== null) {
      this.reader.feed(this.#held);
      this.#held = null;
      step = this.reader.next();
    }
    if (step !== 'none') return step;
    if (this.hasEnded) return 'ended';
    this.#isHungry = true;
    this.#resume();
    return 'none';
  }

  /** From now on up to `bytes` are read and thrown away, besides what is here. */
  drop(bytes: number): void {
    this.#dropBytes = bytes;
    this.#held = null;
    this.#resume();
  }

  /** Gives the stream back, not flowing, with all that was not parsed in front. */
  release(): void {
    this.#stream.off('data', this.#onData).off('end', this.#onEnd);
    this.#stream.pause();
    // As a stream that nobody has read yet: whoever listens for `data` next starts it.
    Object.assign(this.#stream, { readableFlowing: null });
    const rest = this.reader.takeRest();
    if (this.#held !== null) this.#stream.unshift(this.#held);
    if (rest !== null) this.#stream.unshift(rest);
    this.#held = null;
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#stream.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#dropBytes >= 0) return this.#dropChunk(chunk);
    if (!this.#isHungry) return this.#hold(chunk);
    this.#isHungry = false;
    this.reader.feed(chunk);
    this.#host.onInput();
  };

  #hold(chunk: Buffer): void {
    this.#held = chunk;
    this.#isPaused = true;
    this.#stream.pause();
  }

  #dropChunk(chunk: Buffer): void {
    this.#dropBytes -= chunk.length;
    if (this.#dropBytes >= 0) return;
    this.#dropBytes = 0;
    this.#host.onDropLimit();
  }

  readonly #onEnd = (): void => {
    this.hasEnded = true;
    this.#host.onInput();
  };
}
