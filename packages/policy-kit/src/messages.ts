import type { Transform } from 'node:stream';
import type { HeaderFields } from './header-fields.ts';

/**
 * A request exactly as it would be forwarded: what earlier policies changed is in it, and what a policy changes here is what
 * later ones see and the upstream gets.
 */
export interface PolicyRequest {
  readonly method: string;
  readonly version: '1.0' | '1.1' | '2';
  /** Of the visitor's connection; a trusted proxy may have ended TLS for us. */
  readonly scheme: 'http' | 'https';
  /** Lower case, without port: what the request was routed by. */
  readonly host: string;
  /** `host` or `host:port`, as the visitor wrote it. */
  readonly authority: string;
  /** Origin-form, or `*`: path and query, percent-encoding untouched. */
  target: string;
  readonly headers: HeaderFields;
  /** False: there is no content. */
  readonly hasBody: boolean;
  /** Not null: the visitor asks for another protocol, e.g. `websocket`. Such a request has no content. */
  readonly upgrade: readonly string[] | null;
  /** When its head was there, milliseconds since 1970. */
  readonly receivedAtMs: number;
  /**
   * All of the content, as received: kept, and forwarded in one piece afterwards. Empty when there is none.
   *
   * @throws {AditError} 9010: longer than `maxBytes`. The chain refuses the request by it; a policy lets it pass.
   */
  readBody(maxBytes: number): Promise<Uint8Array>;
  /** Other content, whose length the header lines then say. Only after `readBody`. */
  replaceBody(body: Uint8Array): void;
  /**
   * The server opens the WebSocket itself: the upstream gets the bytes of the visitor's binary messages and no head, the
   * visitor gets what it sends as binary messages. Counts where these policies stand, not at an internal endpoint that they
   * send the request on to.
   *
   * @throws {TypeError} The request asks for no WebSocket.
   */
  unwrapWebSocket(): void;
}

export function asksForWebSocket({ upgrade }: Pick<PolicyRequest, 'upgrade'>): boolean {
  return upgrade?.includes('websocket') === true;
}

/** An answer on its way to the visitor, of the upstream or of a policy. */
export interface PolicyResponse {
  status: number;
  readonly headers: HeaderFields;
  /** False: there is no content, nor will there be. */
  readonly hasBody: boolean;
  /**
   * The content passes through it on its way, behind those of earlier policies. Its length is not known any more: a
   * `content-length` line goes. Nothing happens where there is no content.
   */
  addTransform(transform: Transform): void;
}

/** One message of a stream of events (HTML Living Standard §9.2). */
export interface PolicyEvent {
  /** Undefined: the message does not say. Lines joined by LF. */
  data: string | undefined;
  readonly event: string | undefined;
  readonly id: string | undefined;
  retry: string | undefined;
}
