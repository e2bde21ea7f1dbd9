import type { Duplex } from 'node:stream';
import { type MatchOptions, matchPattern, type Part } from './pattern.ts';
import { Changing } from './waiting.ts';

/** One end of a byte stream: a visitor's connection, or an upstream's stream. It writes down all that comes. */
export class ByteParty {
  /** Received and not yet expected by any step; latin1. */
  unread = '';
  isEnded = false;
  isClosed = false;
  /** Set when the connection was lost and not ended in good order. */
  error: Error | null = null;
  readonly #name: string;
  readonly #stream: Duplex;
  readonly #options: MatchOptions;
  readonly #leavesWhenEnded: boolean;
  readonly #changing = new Changing();
  /** What may come and need not: the rest of a stream that no step describes further. */
  #atMost: readonly Part[] | null = null;

  constructor(name: string, stream: Duplex, options: MatchOptions & { leavesWhenEnded: boolean }) {
    this.#name = name;
    this.#stream = stream;
    this.#options = options;
    this.#leavesWhenEnded = options.leavesWhenEnded;
    stream.on('data', (bytes: Buffer) => {
      this.unread += bytes.toString('latin1');
      this.#changing.changed();
    });
    stream.on('error', (error) => {
      this.error = error;
    });
    stream.on('end', () => this.#note('isEnded'));
    stream.on('close', () => this.#note('isClosed'));
  }

  sends(text: string): void {
    this.#stream.write(Buffer.from(text, 'latin1'));
  }

  /** One write for each byte, each in a turn of its own. */
  async sendsBytewise(text: string): Promise<void> {
    for (const char of text) {
      this.sends(char);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  ends(): void {
    this.#stream.end();
  }

  resets(): void {
    if ('resetAndDestroy' in this.#stream) (this.#stream.resetAndDestroy as () => void)();
    else this.#stream.destroy();
  }

  /** Waits until exactly this has come; what came behind it is left for the next step. */
  async receives(parts: readonly Part[]): Promise<void> {
    const length = await this.#changing.until(
      () => {
        const match = matchPattern(parts, this.unread, this.#options);
        if (match.state === 'different') throw new Error(this.#describe(`differs at byte ${match.at}`));
        if (match.state === 'whole') return match.length;
        if (this.isEnded || this.isClosed) throw new Error(this.#describe('is over before all has come'));
        return undefined;
      },
      () => this.#describe('has not got all'),
    );
    this.unread = this.unread.slice(length);
  }

  receivesAtMost(parts: readonly Part[]): void {
    this.#atMost = parts;
  }

  /** Waits for the other side's orderly end, with nothing before it. */
  async isEndedNow(): Promise<void> {
    await this.#changing.until(
      () => this.isEnded || this.isClosed || undefined,
      () => this.#describe('is not ended'),
    );
    this.checkNothingLeft();
    if (!this.isEnded) throw new Error(this.#describe('was cut and not ended'));
  }

  /** Waits until the connection is lost, with no orderly end and nothing before it. */
  async isCutNow(): Promise<void> {
    await this.#changing.until(
      () => this.isEnded || this.isClosed || undefined,
      () => this.#describe('is not cut'),
    );
    this.checkNothingLeft();
    if (this.isEnded) throw new Error(this.#describe('was ended and not cut'));
  }

  /** Waits until the connection is gone, in whatever way; ends this side of it as well once the other side is ended. */
  async isClosedNow(): Promise<void> {
    if (this.#leavesWhenEnded) {
      await this.#changing.until(
        () => this.isEnded || this.isClosed || undefined,
        () => this.#describe('is neither ended nor cut'),
      );
      this.ends();
    }
    await this.#changing.until(
      () => this.isClosed || undefined,
      () => this.#describe('is not closed'),
    );
    this.checkNothingLeft();
  }

  /** @throws {Error} When more came than the scenario says. */
  checkNothingLeft(): void {
    if (this.#atMost !== null) {
      const match = matchPattern(this.#atMost, this.unread, this.#options);
      if (match.state === 'unfinished' || (match.state === 'whole' && match.length === this.unread.length)) return;
    } else if (this.unread === '') return;
    throw new Error(this.#describe('got more than it should'));
  }

  #note(fact: 'isEnded' | 'isClosed'): void {
    this[fact] = true;
    this.#changing.changed();
  }

  #describe(what: string): string {
    const state = `${this.isEnded ? ', ended' : ''}${this.isClosed ? ', closed' : ''}${this.error ? `, ${this.error.message}` : ''}`;
    return `${this.#name} ${what}: ${JSON.stringify(this.unread.slice(0, 2000))}${state}`;
  }
}
