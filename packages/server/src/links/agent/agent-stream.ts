import { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import { errorCodes, type MuxStream, StreamReset } from '@adit/wire';

type Done = (error?: Error | null) => void;

/** What an agent's RST on a proxied stream says. The upstream codes are those of our own agents. */
const upstreamFailures: ReadonlyMap<number, readonly [3210 | 8012 | 9001, string]> = new Map([
  [errorCodes.upstreamRefused, [8012, 'the service refused the connection']],
  [errorCodes.upstreamTimeout, [9001, 'the service did not accept the connection in time']],
  [errorCodes.upstreamUnreachable, [8012, 'the address of the service cannot be reached']],
  [errorCodes.upstreamTls, [8012, 'the TLS handshake with the service failed']],
  [errorCodes.acceptQueueFull, [3210, 'the agent has too many connections waiting']],
  [errorCodes.streamRefused, [3210, 'the agent has too many connections open']],
]);

/**
 * A proxied connection as the edge sees it: bytes, and failures as AditErrors. May be used before it has a stream of the
 * multiplexer, as the agent may have to catch up first. Owns that stream and gives it up the way SDKs need: an end is a
 * FIN, everything else FIN and RST.
 */
export class AgentStream extends Duplex {
  #inner: MuxStream | undefined;
  #hasData = false;
  #isWanted = false;
  #onFirstByte: (() => void) | undefined;
  /** The one write or end that came before there was a stream for it. */
  #deferred: (() => void) | undefined;

  constructor() {
    super({ allowHalfOpen: true });
  }

  /** True once the agent has sent a byte of the answer. */
  get hasData(): boolean {
    return this.#hasData;
  }

  /**
   * Gives it the multiplexer's stream. Once.
   *
   * @param onFirstByte Called when the agent has sent a byte of the answer.
   */
  attach(inner: MuxStream, onFirstByte: () => void): void {
    this.#inner = inner;
    this.#onFirstByte = onFirstByte;
    inner.on('data', (chunk: Buffer) => this.#receive(chunk));
    inner.once('end', () => this.#receiveEnd());
    inner.on('error', (error) => this.destroy(toStreamError(error)));
    inner.once('close', () => this.#receiveClose(inner));
    if (!this.#isWanted) inner.pause();
    this.#deferred?.();
    this.#deferred = undefined;
  }

  override _read(): void {
    this.#isWanted = true;
    this.#inner?.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: Done): void {
    if (this.#inner) this.#inner.write(chunk, encoding, done);
    else this.#deferred = () => this._write(chunk, encoding, done);
  }

  override _final(done: Done): void {
    if (this.#inner) this.#inner.end(() => done());
    else this.#deferred = () => this._final(done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#inner?.abort();
    done(error);
  }

  #receive(chunk: Buffer): void {
    if (!this.#hasData) {
      this.#hasData = true;
      this.#onFirstByte?.();
    }
    if (!this.push(chunk)) this.#inner?.pause();
  }

  #receiveEnd(): void {
    // An SDK that does not know the bind, or whose upstream is gone, ends the stream without a byte (§12.2, §12.3).
    if (this.#hasData) this.push(null);
    else
      this.destroy(new AditError(8012, 'Cannot reach the service: the agent ended the connection without an answer'));
  }

  #receiveClose(inner: MuxStream): void {
    if (!inner.readableEnded) this.destroy(new AditError(9005));
  }
}

function toStreamError(error: Error): AditError {
  if (error instanceof AditError) return error;
  if (!(error instanceof StreamReset)) return new AditError(9005, undefined, { cause: error });
  const [code, why] = upstreamFailures.get(error.resetCode) ?? [9005, 'the agent reset the connection'];
  return new AditError(code, `Cannot reach the service: ${why}`, { cause: error });
}
