// edge/http: HTTP on established visitor streams, from the parsed request to the last byte of the answer. Ports, TLS and
// SNI are `edge/listener`; compiling policies is `edge/chain`; who is behind an endpoint is a `Link`, somewhere in `links`.
// The folder has two halves that meet in this file: codecs (node-http1, node-http2) turn bytes into exchanges, the
// forwarder decides and forwards them. A codec of our own replaces node-http1 by implementing `Exchange`.
import type { Duplex, Readable, Writable } from 'node:stream';

/** Header lines as they stood on the wire: name, value, name, value. Order and duplicates are kept. */
export type HeaderLines = readonly string[];

/** The head of a final answer. Framing headers are the codec's own business, `content-length` excepted. */
export interface AnswerHead {
  /** 200 to 599. */
  readonly status: number;
  /** HTTP/1 only; null means the usual words. */
  readonly reason: string | null;
  readonly headers: HeaderLines;
  /** True: bytes or at least an end will follow. False: the head is the whole answer. */
  readonly hasBody: boolean;
  /** True: trailers may be passed to `end`. */
  readonly mayHaveTrailers: boolean;
  /** True: HTTP/1 closes the connection behind it, because what the visitor sends is not to be trusted further. */
  readonly isLast: boolean;
}

/**
 * One request and its answer, whatever the version of HTTP. A codec creates it with the head parsed and its framing
 * proved unambiguous; authority, target and header meaning are not checked yet. Exactly one of `answer`, `acceptUpgrade`
 * and `abort` is called first; after that `end` and `abort` only. Calls after the close are harmless.
 */
export interface Exchange {
  readonly version: '1.0' | '1.1' | '2';
  readonly method: string;
  /** Byte for byte as received: origin-form, absolute-form or `*`. */
  readonly target: string;
  /** `:authority` of HTTP/2; null on HTTP/1, where the Host line is in `headers`. */
  readonly authority: string | null;
  readonly headers: HeaderLines;
  /** The request's body; null when its framing says there is none. Pauses the visitor when it is not read. */
  readonly body: Readable | null;
  /** True: the codec knows the body's length from a `content-length` line, which may be forwarded. */
  readonly hasLength: boolean;
  /** The tokens of a well-formed upgrade request, lower case; null for every other request. */
  readonly upgrade: readonly string[] | null;
  /** Asked when `body` has ended: false if the visitor went away before its real end. */
  readonly isBodyWhole: boolean;
  /** Trailer lines of the request; complete when `body` has ended. */
  readonly trailers: HeaderLines;
  /** True once the head of the final answer was handed to the visitor's stream. */
  readonly isAnswered: boolean;
  /** True once the visitor can no longer be told anything. */
  readonly isClosed: boolean;

  /** Sends an interim answer (100, 102 to 199). */
  inform(status: number, headers: HeaderLines): void;
  /**
   * Sends the head. Answers the sink of the body, or null when there can be none; the caller ends the exchange with
   * `end`, never with the sink's own end.
   */
  answer(head: AnswerHead): Writable | null;
  /** Sends a head that still waits for the first bytes of its body. */
  flush(): void;
  /** The answer is whole. */
  end(trailers: HeaderLines): void;
  /** Sends 101 and answers the visitor's raw stream, which is the caller's from now on. */
  acceptUpgrade(head: AnswerHead): Duplex;
  /** Reads what is left of the request's body, up to the drain limits, so that the visitor can read the answer. */
  discardBody(): void;
  /** Breaks the answer off so that the visitor notices: HTTP/1 loses the connection, HTTP/2 the stream. */
  abort(): void;
  /** Calls back once, when the answer or the upgraded stream is wholly written (`true`) or can no longer be (`false`). One listener. */
  onClose(callback: (isWhole: boolean) => void): void;
}
