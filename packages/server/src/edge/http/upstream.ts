import type { Duplex } from 'node:stream';
import type { AditError } from '@adit/contracts';
import type { BodyReceiver, HeaderLines } from './exchange.ts';

/** A request as it goes to the upstream: what was decided on. */
export interface UpstreamRequest {
  readonly method: string;
  /** Origin-form or `*`. */
  readonly path: string;
  /**
   * In the order to be sent, `Host` and the HTTP/1 framing lines (`Content-Length` or `Transfer-Encoding: chunked`,
   * `Connection` with `Upgrade` or `TE`) included. HTTP/2 leaves out those that it must not carry.
   */
  readonly headers: HeaderLines;
  /** How its content is framed; `none`: `write` is never called, and `end` needs no call. */
  readonly body: 'none' | 'length' | 'chunked';
  /** The protocols asked for, lower case; null for ordinary requests. */
  readonly upgrade: readonly string[] | null;
}

/** The head of an upstream's final answer, its framing proved unambiguous. */
export interface UpstreamAnswer {
  /** 200 to 599; 101 in `onUpgrade`. */
  readonly status: number;
  /** Null where there is none (HTTP/2) or it is empty. */
  readonly reason: string | null;
  /** As received, hop-by-hop and framing lines included. */
  readonly headers: HeaderLines;
  /** False: no `onBody` comes; `onBodyEnd` comes all the same. */
  readonly hasBody: boolean;
  /** True: trailers may come with `onBodyEnd`. */
  readonly mayHaveTrailers: boolean;
}

/** Whoever sent a request to an upstream. Calls may come inside `write`, `end` and `resume`, never inside `send`. */
export interface UpstreamReceiver extends BodyReceiver {
  onInterim(status: number, headers: HeaderLines): void;
  /** Once; then content, unless `onFailure` comes. */
  onAnswer(answer: UpstreamAnswer): void;
  /** In place of `onAnswer`, only for requests that asked for it. The raw stream is the receiver's from now on. */
  onUpgrade(answer: UpstreamAnswer, stream: Duplex): void;
  /** After a `write` that answered false: the upstream takes bytes again. */
  onDrain(): void;
  /**
   * The last call: no answer comes, or the rest of it does not. An upstream that spoke badly is 3004, a lost stream 9005,
   * else what the link says (3200, 8012, 9001, 9009, 3210).
   *
   * @param isStale True: the stream had waited idle and was closed before any byte of an answer came, so that the request
   *   may have met nothing but the closing. The caller decides whether to send it again.
   */
  onFailure(error: AditError, isStale: boolean): void;
}

/** One request on its way to an upstream. Calls after the end are harmless. */
export interface UpstreamExchange {
  /** A piece of the request's content. False: no more before `onDrain`. */
  write(piece: Buffer): boolean;
  /** The request is whole. */
  end(trailers: HeaderLines): void;
  /** No content of the answer comes until `resume`. */
  pause(): void;
  resume(): void;
  /** Gives it up; nothing is told any more. Its stream is not used again unless request and answer were both whole. */
  abort(): void;
}

/**
 * The upstream streams of one visitor connection to one generation of one endpoint. A stream is used again only here:
 * client address, PROXY header and connection-bound logins belong to that visitor, and an answer that came out of step
 * must not reach another.
 */
export interface UpstreamPool {
  /** @throws {AditError} 9009, 3210: as `Link.open`. */
  send(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamExchange;
  /** Closes the streams that wait idle: the next request gets a fresh one. */
  closeIdle(): void;
  /** Lets what is under way finish and keeps nothing: another generation of the endpoint has taken its place. */
  retire(): void;
  /** Closes everything: the visitor is gone. */
  destroy(): void;
}
