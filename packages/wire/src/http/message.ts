// HTTP/1.1 as bytes: strict readers of requests and answers, and the texts to be written. What either side of the product
// does with a message (routing, header meaning, time-outs) is not here. RFC 9112; in doubt a message is refused, never
// repaired, because two readers that repair differently are how one request becomes two.

/** Header lines as they stood on the wire: name, value, name, value. Values have no outer whitespace. */
export type HeaderLines = readonly string[];

/** What one message may cost. Bytes. */
export interface MessageLimits {
  /** Start line and header lines with the empty line behind them; more is `tooLarge`. */
  readonly maxHeadBytes: number;
  /** Header lines of one message; more is `tooLarge`. As many trailer lines; more is `malformed`. */
  readonly maxHeaderLines: number;
  /** Trailer lines with the empty line behind them; more is `malformed`. */
  readonly maxTrailerBytes: number;
  /** Chunk extensions of one message, all together; more is `malformed`. */
  readonly maxChunkExtensionBytes: number;
}

export interface ReaderOptions {
  /** False: `headers` of heads stay empty, for who keeps the text of the head. They are checked all the same. Default: true. */
  readonly keepsLines?: boolean;
}

/** How the end of the content is found. `length`: `length` says how much there is, 0 included. */
export type RequestFraming = 'none' | 'length' | 'chunked';
/** `untilEnd`: the content ends with the stream, so the answer is the last on it. */
export type AnswerFraming = RequestFraming | 'untilEnd';

/** A request line and its headers, the framing proved unambiguous. Target form and Host are not checked against each other. */
export interface RequestHead {
  /** One of those that the runtime knows, CONNECT excepted. */
  readonly method: string;
  /** Origin-form, absolute-form or `*`, as received: bytes 0x21 to 0x7e. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
  readonly headers: string[];
  readonly framing: RequestFraming;
  /** The Content-Length; -1 if there is none. */
  readonly length: number;
  /** False: nothing behind this message is read. By version and Connection. */
  readonly keepsAlive: boolean;
  /** The tokens of a well-formed upgrade request, lower case; null for every other request. */
  readonly upgrade: readonly string[] | null;
}

/** A status line and its headers, the framing proved unambiguous. */
export interface AnswerHead {
  /** 100 to 599. */
  readonly status: number;
  /** As received, latin1; may be empty. */
  readonly reason: string;
  readonly version: '1.0' | '1.1';
  readonly headers: string[];
  /** `none` for interim answers, 204, 304 and answers to HEAD, whatever their headers say. */
  readonly framing: AnswerFraming;
  /** The Content-Length line, also where it describes no content; -1 if there is none. */
  readonly length: number;
  /** False: the stream is not to be used again. By version, Connection and framing. */
  readonly keepsAlive: boolean;
}

/** Why a message was refused. `text` is one short phrase of ours that echoes no input. */
export interface MessageProblem {
  readonly kind: 'malformed' | 'tooLarge';
  readonly text: string;
}
