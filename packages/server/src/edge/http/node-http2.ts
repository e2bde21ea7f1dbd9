// HTTP/2 by node:http2. nghttp2 refuses by itself what RFC 9113 §8 forbids: upper-case names, connection lines, pseudo
// headers out of place, a content-length that the data does not keep.
import http2 from 'node:http2';
import type { Duplex, Readable, Writable } from 'node:stream';
import type { Codec, CodecOwner, Transport } from './codec.ts';
import type { AnswerHead, Exchange, HeaderLines } from './exchange.ts';
import type { HttpLimits } from './http-limits.ts';

const { NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = http2.constants;

// Node documents these for createServer; its type declarations do not have them.
interface SessionOptions extends http2.ServerOptions {
  readonly maxSessionInvalidFrames: number;
  readonly maxSessionRejectedStreams: number;
  readonly strictSingleValueFields: boolean;
}

export class NodeHttp2 implements Codec {
  readonly #options: SessionOptions;
  readonly #windowBytes: number;

  constructor({ limits }: { limits: HttpLimits }) {
    this.#options = {
      // More than ours, so that we can answer 431; past these the stream is reset.
      maxHeaderListPairs: limits.maxHeaderLines * 2,
      maxSessionInvalidFrames: 100,
      maxSessionRejectedStreams: 100,
      streamResetBurst: limits.streamResetBurst,
      streamResetRate: limits.streamResetRate,
      // An upstream's duplicate lines are passed as they are.
      strictSingleValueFields: false,
      settings: {
        enablePush: false,
        maxConcurrentStreams: limits.maxConcurrentStreams,
        maxHeaderListSize: limits.maxHeadBytes * 2,
        initialWindowSize: limits.h2StreamWindowBytes,
      },
    };
    this.#windowBytes = limits.h2ConnectionWindowBytes;
  }

  accept(stream: Duplex, owner: CodecOwner): Transport {
    const session = http2.performServerHandshake(stream, this.#options);
    const connection = new Http2Connection(stream, session, owner);
    session.setLocalWindowSize(this.#windowBytes);
    return connection;
  }
}

class Http2Connection implements Transport {
  readonly #socket: Duplex;
  readonly #session: http2.ServerHttp2Session;
  readonly #owner: CodecOwner;
  /** Streams whose head came in this turn of the loop. */
  #arrived: Http2Exchange[] = [];

  constructor(socket: Duplex, session: http2.ServerHttp2Session, owner: CodecOwner) {
    this.#socket = socket;
    this.#session = session;
    this.#owner = owner;
    session.on('stream', (...[stream, , , rawHeaders]) => this.#onStream(stream, rawHeaders));
    // The session closes itself after an error; each stream of it is told.
    session.on('error', () => {});
    session.once('close', () => owner.onClose());
  }

  /** GOAWAY: streams under way finish, then the connection closes. */
  drain(): void {
    if (!this.#session.closed) this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
    // A session only ends its side in good order, and waits for the visitor's.
    this.#socket.destroy();
  }

  #onStream(stream: http2.ServerHttp2Stream, rawHeaders: string[]): void {
    stream.on('error', () => {});
    if (stream.destroyed) return;
    if (this.#arrived.push(new Http2Exchange(stream, rawHeaders)) === 1) setImmediate(() => this.#handOver());
  }

  /**
   * After all that was read at once: a reset that came right behind its request has been seen by then, so that a flood of
   * both (CVE-2023-44487) costs no work beyond this connection.
   */
  #handOver(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const exchange of arrived) {
      if (exchange.isGone) continue;
      if (this.#owner.isDraining) exchange.refuse();
      else this.#owner.onExchange(exchange);
    }
  }
}

class Http2Exchange implements Exchange {
  readonly version = '2';
  readonly method: string;
  readonly target: string;
  readonly authority: string | null;
  readonly headers: HeaderLines;
  readonly body: Readable | null;
  readonly hasLength: boolean;
  readonly upgrade = null;
  trailers: HeaderLines = [];
  isAnswered = false;
  isClosed = false;
  readonly #stream: http2.ServerHttp2Stream;
  #trailersToSend: HeaderLines | null = null;

  constructor(stream: http2.ServerHttp2Stream, rawHeaders: string[]) {
    this.#stream = stream;
    const { pseudo, lines, hasLength } = splitPseudoHeaders(rawHeaders);
    this.method = pseudo.get(':method') ?? '';
    this.target = pseudo.get(':path') ?? '';
    this.authority = pseudo.get(':authority') ?? null;
    this.headers = lines;
    this.hasLength = hasLength;
    this.body = stream.endAfterHeaders ? null : stream;
    if (this.body) stream.once('trailers', (_, __, raw?: string[]) => (this.trailers = raw ?? []));
  }

  // node:http2 ends the body of a stream that was reset as if it had come to its end.
  get isBodyWhole(): boolean {
    return !this.#stream.aborted && !this.#stream.destroyed;
  }

  /** The visitor reset it. */
  get isGone(): boolean {
    return this.#stream.closed || this.#stream.destroyed;
  }

  /** Before anything was done with it: the visitor may send it again elsewhere. */
  refuse(): void {
    this.#stream.close(NGHTTP2_REFUSED_STREAM);
  }

  inform(status: number, headers: HeaderLines): void {
    if (this.isAnswered || this.isGone) return;
    const fields: Record<string, string | string[] | number> = { ':status': status };
    for (let i = 0; i < headers.length; i += 2) {
      const name = (headers[i] ?? '').toLowerCase();
      const before = fields[name];
      const value = headers[i + 1] ?? '';
      fields[name] = before === undefined ? value : [before, value].flat().map(String);
    }
    this.#stream.additionalHeaders(fields);
  }

  answer(head: AnswerHead): Writable | null {
    if (this.isGone) return null;
    const { hasBody } = head;
    if (head.mayHaveTrailers) this.#stream.once('wantTrailers', this.#sendTrailers);
    const lines = [':status', String(head.status), ...head.headers];
    this.#stream.respond(lines, { endStream: !hasBody, waitForTrailers: head.mayHaveTrailers });
    this.isAnswered = true;
    return hasBody ? this.#stream : null;
  }

  // node:http2 sends heads at the end of the tick.
  flush(): void {}

  end(trailers: HeaderLines): void {
    this.#trailersToSend = trailers;
    if (!this.#stream.writableEnded) this.#stream.end();
  }

  acceptUpgrade(): Duplex {
    throw new TypeError('Cannot upgrade an HTTP/2 stream: it never asks for it');
  }

  /** Tells the visitor to stop sending, without harm to the answer (RFC 9113 §8.1). */
  discardBody(): void {
    const stream = this.#stream;
    if (!this.body || stream.readableEnded || stream.destroyed) return;
    if (stream.writableFinished) stream.close(NGHTTP2_NO_ERROR);
    else stream.once('finish', () => stream.close(NGHTTP2_NO_ERROR));
  }

  abort(): void {
    // `close` would end the data in good order before the reset, and a cut answer would look whole.
    this.#stream.destroy(new Error('The answer was broken off'));
  }

  onClose(callback: (isWhole: boolean) => void): void {
    this.#stream.once('close', () => {
      this.isClosed = true;
      callback(this.#stream.writableFinished && this.#stream.rstCode === NGHTTP2_NO_ERROR);
    });
  }

  readonly #sendTrailers = (): void => {
    const fields: Record<string, string> = {};
    const lines = this.#trailersToSend ?? [];
    for (let i = 0; i < lines.length; i += 2) fields[(lines[i] ?? '').toLowerCase()] = lines[i + 1] ?? '';
    this.#stream.sendTrailers(fields);
  };
}

function splitPseudoHeaders(rawHeaders: readonly string[]) {
  const pseudo = new Map<string, string>();
  const lines: string[] = [];
  let hasLength = false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    const value = rawHeaders[i + 1] ?? '';
    if (name.startsWith(':')) pseudo.set(name, value);
    else lines.push(name, value);
    if (name === 'content-length') hasLength = true;
  }
  return { pseudo, lines, hasLength };
}
