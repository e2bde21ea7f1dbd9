import { AditError } from '@adit/contracts';
import type { MuxSession } from '../mux/mux-session.ts';
import type { MuxStream } from '../mux/mux-stream.ts';
import { messageLimits } from '../protocol.ts';
import { JsonScanner } from './json-scanner.ts';
import { readUntil } from './read-until.ts';

/**
 * Reads one JSON object: up to its closing brace, not to FIN. What comes behind it in the same piece is dropped.
 *
 * @param options.maxBytes Default `messageLimits.maxBytes`.
 * @param options.signal Gives up: what came is dropped and nothing more is read.
 * @throws {AditError} 9400: not a JSON object, too large or too deep. 9005: the stream ended or failed in it. The signal's
 *   reason.
 */
export async function readMessage(
  stream: MuxStream,
  options: { maxBytes?: number; signal?: AbortSignal } = {},
): Promise<unknown> {
  const message = new MessageBytes(options.maxBytes ?? messageLimits.maxBytes);
  const take = (): string | undefined => {
    for (let piece = stream.read(); piece instanceof Uint8Array; piece = stream.read()) {
      if (message.add(piece)) return message.toString();
    }
    return undefined;
  };
  const json = await readUntil(stream, take, options.signal);
  return parseJson(json);
}

/**
 * Answers a call: one JSON object and FIN. The stream is the library's afterwards: what still comes is dropped, and a
 * peer that does not end its side is aborted after 10 s.
 */
export function reply(stream: MuxStream, value: object): void {
  stream.write(JSON.stringify(value));
  stream.endAndDrain();
}

/**
 * Calls the peer: opens a stream, sends the request, reads one JSON object. A non-empty `Error` in it is the caller's
 * to look at.
 *
 * @throws {AditError} 3200, 3210: see `MuxSession.open`. 9001: no reply within `timeoutMs`. 9005: the stream or the
 *   session ended. 9400: the reply cannot be read.
 */
export async function call(
  session: MuxSession,
  { type, body }: { type: number; body: object },
  options: { timeoutMs: number },
): Promise<unknown> {
  const stream = session.open(type);
  const timedOut = new AditError(9001, `Cannot call the peer: no reply within ${options.timeoutMs} ms`);
  const cancel = session.timer.after(options.timeoutMs, () => stream.destroy(timedOut));
  stream.write(JSON.stringify(body));
  try {
    const answer = await readMessage(stream);
    stream.endAndDrain();
    return answer;
  } catch (error) {
    stream.abort();
    throw error;
  } finally {
    cancel();
  }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The parser's own words quote the text, which may hold secrets.
    throw new AditError(9400, 'Cannot read the message: not valid JSON');
  }
}

const firstCapacity = 1024;

/** The bytes of one JSON object, gathered in one piece of memory: a peer may send them one by one. */
class MessageBytes {
  readonly #maxBytes: number;
  readonly #scanner = new JsonScanner(messageLimits.maxDepth);
  #bytes = Buffer.allocUnsafe(firstCapacity);
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Answers whether the object is complete. */
  add(piece: Uint8Array): boolean {
    const end = this.#scan(piece);
    const count = end === -1 ? piece.length : end;
    const length = this.#length + count;
    if (length > this.#maxBytes) throw this.#refusal(`larger than ${this.#maxBytes} bytes`);
    if (length > this.#bytes.length) this.#grow(length);
    this.#bytes.set(piece.subarray(0, count), this.#length);
    this.#length = length;
    return end !== -1;
  }

  toString(): string {
    return this.#bytes.toString('utf8', 0, this.#length);
  }

  #scan(piece: Uint8Array): number {
    try {
      return this.#scanner.scan(piece);
    } catch (error) {
      throw this.#refusal(error instanceof RangeError ? error.message : 'invalid');
    }
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }

  #refusal(problem: string): AditError {
    return new AditError(9400, `Cannot read the message: ${problem}`);
  }
}
