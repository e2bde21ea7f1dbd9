import type { Duplex } from 'node:stream';
import type { Clock } from '../../../domain/clock.ts';

/** What a writer tells its connection. */
export interface WriterHost {
  /** Bytes wait for the visitor from now on. */
  onWriting(): void;
  /** The stream has taken bytes to the end. Never called from inside a call of the writer. */
  onWritten(): void;
}

/** From this many gathered bytes on, nothing is gained by waiting for the end of the turn. */
const flushBytes = 64 * 1024;
/** From this size on, copying a piece costs more than handing it to the stream by itself. Bytes. */
const largeBytes = 16 * 1024;

/**
 * Writes to a visitor. What is given in one turn of the loop leaves in one write: heads and small pieces are gathered
 * into one buffer, large pieces are passed on as they are.
 */
export class AnswerWriter {
  readonly #stream: Duplex;
  readonly #clock: Clock;
  readonly #host: WriterHost;
  #parts: (string | Buffer)[] = [];
  #text = '';
  #gathered = 0;
  #hasLarge = false;
  #underWay = 0;
  #isFlushDue = false;
  #activeAtMs = 0;

  constructor(stream: Duplex, clock: Clock, host: WriterHost) {
    this.#stream = stream;
    this.#clock = clock;
    this.#host = host;
  }

  /** Bytes that the visitor has not taken yet. */
  get waitingBytes(): number {
    return this.#gathered + this.#stream.writableLength;
  }

  /** All that was given has left. */
  get isDrained(): boolean {
    return this.#underWay === 0 && this.#gathered === 0;
  }

  /** When the stream last began with bytes, or was done with some; milliseconds since 1970. */
  get activeAtMs(): number {
    return this.#activeAtMs;
  }

  /** Latin-1 text: heads and chunk lines. */
  text(text: string): void {
    this.#text += text;
    this.#gathered += text.length;
    this.#flushSoon();
  }

  /** Content, never empty. */
  piece(piece: Buffer): void {
    if (this.#text !== '') this.#parts.push(this.#text);
    this.#text = '';
    this.#parts.push(piece);
    this.#gathered += piece.length;
    this.#hasLarge ||= piece.length >= largeBytes;
    if (this.#gathered >= flushBytes) this.flush();
    else this.#flushSoon();
  }

  /** Hands over what was gathered. */
  readonly flush = (): void => {
    this.#isFlushDue = false;
    if (this.#gathered === 0 || !this.#stream.writable) return;
    if (this.#underWay++ === 0) {
      this.#activeAtMs = this.#clock.now();
      this.#host.onWriting();
    }
    if (this.#parts.length === 0) this.#stream.write(this.#text, 'latin1', this.#onDone);
    else this.#writeParts();
    this.#text = '';
    this.#gathered = 0;
  };

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    process.nextTick(this.flush);
  }

  readonly #onDone = (error?: Error | null): void => {
    // Nothing more leaves after an error; the stream's close tells everybody.
    if (error) return;
    if (--this.#underWay > 0) this.#activeAtMs = this.#clock.now();
    this.#host.onWritten();
  };

  #writeParts(): void {
    const parts = this.#parts;
    if (this.#text !== '') parts.push(this.#text);
    this.#parts = [];
    if (!this.#hasLarge) return void this.#stream.write(join(parts, this.#gathered), this.#onDone);
    this.#hasLarge = false;
    this.#stream.cork();
    const last = parts.length - 1;
    for (let i = 0; i < last; i++) this.#stream.write(parts[i], 'latin1');
    this.#stream.write(parts[last], 'latin1', this.#onDone);
    this.#stream.uncork();
  }
}

function join(parts: readonly (string | Buffer)[], length: number): Buffer {
  const joined = Buffer.allocUnsafe(length);
  let offset = 0;
  for (const part of parts) {
    if (typeof part === 'string') offset += joined.write(part, offset, 'latin1');
    else offset += part.copy(joined, offset);
  }
  return joined;
}
