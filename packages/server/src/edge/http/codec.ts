import type { Duplex } from 'node:stream';
import type { AditError } from '@adit/contracts';
import type { Exchange } from './exchange.ts';

/** Turns the bytes of one kind of visitor connection into exchanges. Implementations: http1, http2. */
export interface Codec {
  /** Takes the stream over. `owner` is told of everything that happens on it. */
  accept(stream: Duplex, owner: CodecOwner): Transport;
}

/** Whoever is behind a codec, for one connection. */
export interface CodecOwner {
  /** True: answers should ask the visitor to leave. */
  readonly isDraining: boolean;
  /** HTTP/1 hands over one exchange at a time; the next when the one before is closed. */
  onExchange(exchange: Exchange): void;
  /** Bytes came that make no request. Answers what to write before the connection is closed. */
  onMalformed(error: AditError): string;
  /** The connection is gone. Called once. */
  onClose(): void;
}

/** One visitor connection, as its owner sees it. */
export interface Transport {
  /** Lets what is under way finish, takes nothing new, then closes. */
  drain(): void;
  destroy(): void;
}
