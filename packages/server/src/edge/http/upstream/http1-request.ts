import type { Duplex } from 'node:stream';
import type { AditError } from '@adit/contracts';
import { chunkEnd, chunkHead, lastChunk } from '@adit/wire';
import type { HeaderLines } from '../exchange.ts';
import type { UpstreamAnswer, UpstreamExchange, UpstreamReceiver, UpstreamRequest } from '../upstream.ts';

/** Pieces below this are copied into one write with their chunk's frame: cheaper than three writes. */
const copyBelowBytes = 4 * 1024;
const chunkEndBytes = Buffer.from(chunkEnd, 'latin1');

/** The stream that a request is on, as the request sees it. */
export interface RequestStream {
  /** False: no more before the receiver's `onDrain`. */
  write(bytes: Buffer): boolean;
  /** Pieces that leave together. */
  writeAll(pieces: readonly Buffer[]): boolean;
  pause(): void;
  resume(): void;
  destroy(): void;
}

/** One request on an HTTP/1 stream. It lets go of the stream when it is over, so that late calls reach nobody. */
export class Http1Request implements UpstreamExchange {
  readonly receiver: UpstreamReceiver;
  readonly isUpgrade: boolean;
  /** The request is whole. */
  isSent: boolean;
  readonly #isChunked: boolean;
  #stream: RequestStream | null;

  constructor(stream: RequestStream, request: UpstreamRequest, receiver: UpstreamReceiver) {
    this.#stream = stream;
    this.receiver = receiver;
    this.isUpgrade = request.upgrade !== null;
    this.isSent = request.body === 'none';
    this.#isChunked = request.body === 'chunked';
  }

  write(piece: Buffer): boolean {
    const stream = this.#stream;
    if (stream === null || this.isSent) return true;
    if (!this.#isChunked) return stream.write(piece);
    const head = chunkHead(piece.length);
    if (piece.length >= copyBelowBytes) return stream.writeAll([Buffer.from(head, 'latin1'), piece, chunkEndBytes]);
    const chunk = Buffer.allocUnsafe(head.length + piece.length + chunkEndBytes.length);
    chunk.write(head, 'latin1');
    chunk.set(piece, head.length);
    chunk.set(chunkEndBytes, head.length + piece.length);
    return stream.write(chunk);
  }

  end(trailers: HeaderLines): void {
    if (this.#stream === null || this.isSent) return;
    this.isSent = true;
    if (this.#isChunked) this.#stream.write(Buffer.from(lastChunk(trailers), 'latin1'));
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  abort(): void {
    const stream = this.#stream;
    this.#stream = null;
    stream?.destroy();
  }

  /** For the stream: the answer is whole. */
  finish(trailers: HeaderLines): void {
    this.#stream = null;
    this.receiver.onBodyEnd(trailers);
  }

  /** For the stream: the service switched protocols. */
  handOver(answer: UpstreamAnswer, stream: Duplex): void {
    this.#stream = null;
    this.receiver.onUpgrade(answer, stream);
  }

  /** For the stream: it is lost. */
  fail(error: AditError, isStale: boolean): void {
    if (this.#stream === null) return;
    this.#stream = null;
    this.receiver.onFailure(error, isStale);
  }
}
