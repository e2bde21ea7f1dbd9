import type { Socket } from 'node:net';
import { AditError } from '@adit/contracts';

/** Reads what a proxy answers from a socket that nobody else reads, and leaves nothing behind: the next byte is TLS. */
export class ProxyReader {
  readonly #socket: Socket;
  readonly #proxy: string;
  #isOver = false;

  constructor(socket: Socket, proxy: string) {
    this.#socket = socket;
    this.#proxy = proxy;
    socket.once('end', () => {
      this.#isOver = true;
    });
  }

  /** That many bytes. @throws {AditError} 9323: the proxy closed the connection before. The socket's error. */
  async take(count: number): Promise<Buffer> {
    for (;;) {
      const bytes = this.#socket.read(count) as Buffer | null;
      if (bytes?.length === count) return bytes;
      if (bytes !== null) throw this.broken('it closed the connection');
      await this.#more();
    }
  }

  /** All that is there, at least one byte. */
  async some(): Promise<Buffer> {
    for (;;) {
      const bytes = this.#socket.read() as Buffer | null;
      if (bytes !== null) return bytes;
      await this.#more();
    }
  }

  /** The server waits for our first byte, so more than the answer is the proxy's own invention. */
  finish(): void {
    if (this.#socket.readableLength > 0) throw this.broken('it sent more than its answer');
  }

  broken(why: string): AditError {
    return new AditError(9323, `Cannot connect through the proxy "${this.#proxy}": ${why}`);
  }

  /** Resolves when there is something to look at. */
  #more(): Promise<void> {
    const { errored, destroyed } = this.#socket;
    if (this.#isOver || destroyed) throw errored ?? this.broken('it closed the connection');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = this.#socket;
    const settle = () => {
      socket.off('readable', resolve).off('end', resolve).off('close', resolve).off('error', reject);
    };
    socket.on('readable', resolve).on('end', resolve).on('close', resolve).on('error', reject);
    return promise.finally(settle);
  }
}
