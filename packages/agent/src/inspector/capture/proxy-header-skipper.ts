import { readProxyProtocol } from '@adit/wire';

const empty = Buffer.alloc(0);

/**
 * Takes a PROXY protocol header of either version off the beginning of a connection, if there is one: it stands before
 * the first request where an endpoint sends it to its upstream.
 */
export class ProxyHeaderSkipper {
  /** The header, once `take` answered bytes; empty if there was none. */
  header: Buffer = empty;
  readonly #maxBytes: number;
  #held = empty;
  #isOver = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What of these bytes stands behind the header; empty while that is not known. */
  take(bytes: Buffer): Buffer {
    if (this.#isOver) return bytes;
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const progress = readProxyProtocol(all, this.#maxBytes);
    this.#isOver = progress.status !== 'incomplete';
    this.#held = this.#isOver ? empty : Buffer.from(all);
    if (progress.status === 'incomplete') return empty;
    // What is no such header is the beginning of a request, or of nothing that can be read.
    if (progress.status === 'invalid') return all;
    this.header = Buffer.from(all.subarray(0, progress.bytesUsed));
    return all.subarray(progress.bytesUsed);
  }
}
