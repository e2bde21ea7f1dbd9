import net from 'node:net';
import {
  clientPreface,
  frameType,
  h2Frame,
  literalHeaders,
} from '../../packages/server/src/edge/http/http2/raw-h2.testkit.ts';
import { Changing } from './waiting.ts';

const flagBits: Readonly<Record<string, number>> = { end_stream: 0x1, ack: 0x1, end_headers: 0x4 };

/** A visitor who sends HTTP/2 frames as a scenario writes them, and watches what becomes of his streams. */
export class FramesParty {
  readonly #socket: net.Socket;
  readonly #changing = new Changing();
  /** Stream number to the error code of its RST_STREAM. */
  readonly #resets = new Map<number, number>();
  readonly #ended = new Set<number>();
  #rest = Buffer.alloc(0);
  #isClosed = false;

  constructor(port: number) {
    this.#socket = net.connect(port, '127.0.0.1');
    this.#socket.on('data', (bytes) => this.#read(bytes));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      this.#isClosed = true;
      this.#changing.changed();
    });
    this.#socket.write(clientPreface);
  }

  /**
   * Each frame is a line `TYPE stream [flags]`; its payload follows, indented: `name: value` lines as HPACK literals for
   * HEADERS, bytes for the rest.
   *
   * @param read Reads the escapes of a line.
   */
  sendsFrames(lines: readonly string[], read: (line: string) => string): void {
    const frames: { start: string; payload: string[] }[] = [];
    for (const line of lines) {
      if (!line.startsWith('  ')) frames.push({ start: line, payload: [] });
      else frames.at(-1)?.payload.push(read(line.slice(2)));
    }
    for (const { start, payload } of frames) this.#socket.write(frameOf(start, payload));
  }

  /** Waits until a stream is reset, or the whole connection is closed, which ends it as well. */
  async isCutNow(stream: number): Promise<void> {
    const isOver = (): true | undefined => this.#resets.has(stream) || this.#isClosed || undefined;
    await this.#changing.until(isOver, () => `stream ${stream} is not reset`);
    if (this.#ended.has(stream)) throw new Error(`stream ${stream} was answered, and not reset`);
  }

  /** Waits until nothing more can come on a stream. */
  async isOverNow(stream: number): Promise<void> {
    await this.#changing.until(
      () => this.#ended.has(stream) || this.#resets.has(stream) || this.#isClosed || undefined,
      () => `stream ${stream} is not over`,
    );
  }

  /** Waits until a stream is answered to its end. */
  async isEndedNow(stream: number): Promise<void> {
    await this.isOverNow(stream);
    if (!this.#ended.has(stream)) throw new Error(`stream ${stream} was reset, and not answered`);
  }

  async isClosedNow(): Promise<void> {
    await this.#changing.until(
      () => this.#isClosed || undefined,
      () => 'the connection is not closed',
    );
  }

  leaves(): void {
    this.#socket.end();
  }

  #read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      if (this.#rest.length < 9) break;
      const length = this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < 9 + length) break;
      const [type, flags, stream] = [this.#rest.readUInt8(3), this.#rest.readUInt8(4), this.#rest.readUInt32BE(5)];
      if (type === frameType.reset) this.#resets.set(stream, this.#rest.readUInt32BE(9));
      if ((type === frameType.headers || type === frameType.data) && flags & 1) this.#ended.add(stream);
      this.#rest = this.#rest.subarray(9 + length);
    }
    this.#changing.changed();
  }
}

function frameOf(start: string, payload: readonly string[]): Buffer {
  const [name = '', stream = '0', ...flags] = start.split(' ');
  const type = frameType[name.toLowerCase() as keyof typeof frameType];
  if (type === undefined) throw new SyntaxError(`There is no frame type ${name}`);
  const bits = flags.reduce((sum, flag) => sum | (flagBits[flag] ?? 0), 0);
  const isHeaders = type === frameType.headers || type === frameType.continuation;
  const bytes = isHeaders ? literalHeaders(payload.map(asPair)) : Buffer.from(payload.join(''), 'latin1');
  return h2Frame(type, bits, Number(stream), bytes);
}

function asPair(line: string): [string, string] {
  const colon = line.indexOf(': ', 1);
  return [line.slice(0, colon), line.slice(colon + 2)];
}
