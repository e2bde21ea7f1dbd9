import { Duplex } from 'node:stream';
import type { AditError } from '@adit/contracts';
import type { UpstreamExchange, UpstreamReceiver } from '../upstream.ts';

/**
 * The raw bytes of an HTTP/2 stream that was opened by an extended CONNECT. Unlike node:http2's own stream it ends only
 * when the upstream ended it, and fails when it was cut.
 */
export class Http2Tunnel extends Duplex implements UpstreamReceiver {
  readonly #exchange: UpstreamExchange;
  #onDrain: ((error?: Error | null) => void) | null = null;

  constructor(exchange: UpstreamExchange) {
    super({ allowHalfOpen: true });
    this.#exchange = exchange;
  }

  override _read(): void {
    this.#exchange.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#exchange.write(chunk)) done();
    else this.#onDrain = done;
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#exchange.end([]);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#exchange.abort();
    done(error);
  }

  onBody(piece: Buffer): void {
    if (!this.push(piece)) this.#exchange.pause();
  }

  onBodyEnd(): void {
    this.push(null);
  }

  onDrain(): void {
    const done = this.#onDrain;
    this.#onDrain = null;
    done?.();
  }

  onFailure(error: AditError): void {
    this.destroy(error);
  }

  // An answer has come already: a stream has one.
  onInterim(): void {}
  onAnswer(): void {}
  onUpgrade(): void {}
}
