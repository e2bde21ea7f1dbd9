// edge/http: HTTP on established visitor streams, from the parsed request to the last byte of the answer. Ports, TLS and
// SNI are `edge/listener`; policies are `policy`; who is behind an endpoint is a `Link`, somewhere in `links`.
// Three parts meet in this folder's interfaces: codecs (http1, http2) turn a visitor's bytes into exchanges, `forward`
// decides what becomes of each, `upstream` carries it over a link's stream. Bytes flow one way at a time, by plain calls:
// whoever takes a piece answers whether it wants more (`write`), and says when it does again (`onDrain`).
import type { Duplex } from 'node:stream';

/** Header lines as they stood on the wire: name, value, name, value. Order and duplicates are kept. */
export type HeaderLines = readonly string[];

/** What a request says before its content. */
export type ExchangeHead = Pick<
  Exchange,
  'version' | 'method' | 'target' | 'authority' | 'headers' | 'hasBody' | 'hasLength' | 'upgrade'
>;

/** Takes the content of one message. */
export interface BodyReceiver {
  /** A piece, never empty; it may be kept, not changed. None comes while the sender is paused. */
  onBody(piece: Buffer): void;
  /** The content is whole. Called once, and nothing after it; never for content that was cut. */
  onBodyEnd(trailers: HeaderLines): void;
}

/** The head of a final answer. Framing headers are the codec's own business, `content-length` excepted. */
export interface AnswerHead {
  /** 200 to 599. */
  readonly status: number;
  /** HTTP/1 only; null means the usual words. */
  readonly reason: string | null;
  readonly headers: HeaderLines;
  /** True: `write` may follow. False: the head is the whole answer; still, `end` follows. */
  readonly hasBody: boolean;
  /** True: trailers may be passed to `end`. */
  readonly mayHaveTrailers: boolean;
  /** True: HTTP/1 closes the connection behind it, because what the visitor sends is not to be trusted further. */
  readonly isLast: boolean;
}

/** Whoever answers an exchange. */
export interface ExchangeOwner extends BodyReceiver {
  /** After a `write` that answered false: the visitor takes bytes again. */
  onDrain(): void;
  /**
   * The exchange is over: the answer or the upgraded stream was wholly handed to the visitor's connection (`true`), or it
   * was cut, aborted, or the visitor went away, in the middle of its body as well (`false`). Called once, last.
   */
  onClose(isWhole: boolean): void;
}

/**
 * One request and its answer, whatever the version of HTTP. A codec creates it with the head parsed and its framing
 * proved unambiguous; authority, target and header meaning are not checked yet. `own` comes first. Of `answer`,
 * `acceptUpgrade` and `abort` exactly one comes next; after an answer `write`, `end` and `abort` only. Calls after the
 * close are harmless.
 */
export interface Exchange {
  readonly version: '1.0' | '1.1' | '2';
  /** As received. GET for a WebSocket over HTTP/2 (RFC 8441), which is shown as the HTTP/1 upgrade it stands for. */
  readonly method: string;
  /** Byte for byte as received: origin-form, absolute-form or `*`. */
  readonly target: string;
  /** `:authority` of HTTP/2; null on HTTP/1, where the Host line is in `headers`. */
  readonly authority: string | null;
  readonly headers: HeaderLines;
  /** False: the framing of the request says that there is no content. Then `onBody` and `onBodyEnd` are never called. */
  readonly hasBody: boolean;
  /** True: the content's length is known from a `content-length` line, which may be forwarded and will be kept. */
  readonly hasLength: boolean;
  /** The tokens of a well-formed upgrade request, lower case; null for every other request. */
  readonly upgrade: readonly string[] | null;
  /** True once the head of the final answer was given. */
  readonly isAnswered: boolean;
  /** True once the visitor can no longer be told anything. */
  readonly isClosed: boolean;

  /** Names who is told. Called once, inside `CodecOwner.onExchange`. */
  own(owner: ExchangeOwner): void;
  /** Content begins to come only now; it may come inside this call. */
  resumeBody(): void;
  /** No content comes until `resumeBody`; the visitor is slowed down. */
  pauseBody(): void;
  /** Sends an interim answer (100, 102 to 199) at once. */
  inform(status: number, headers: HeaderLines): void;
  /** Gives the head. It leaves at the end of this turn of the loop at the latest, with or without content. */
  answer(head: AnswerHead): void;
  /** Gives a piece of the answer's content; it may be kept until sent. False: no more before `onDrain`. */
  write(piece: Buffer): boolean;
  /** The answer is whole. */
  end(trailers: HeaderLines): void;
  /** Sends 101 (200 on HTTP/2) and answers the visitor's raw stream, which is the caller's from now on. */
  acceptUpgrade(head: AnswerHead): Duplex;
  /**
   * Reads what is left of the request's content and throws it away, up to the discard limits, so that the visitor can
   * read an early answer. The owner hears no more of it.
   */
  discardBody(): void;
  /** Breaks the answer off so that the visitor notices: HTTP/1 loses the connection, HTTP/2 the stream. */
  abort(): void;
}
