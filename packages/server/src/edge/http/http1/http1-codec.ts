// edge/http/http1: the visitor's side of HTTP/1.1, from bytes to exchanges and back. The grammar is packages/wire; what a
// request means (authority, headers, policies) is ../forward. One connection carries one exchange at a time and is read
// only as far as that exchange wants: requests sent ahead wait in the kernel, so nothing here grows with what a visitor
// sends. Read in this order: http1-connection.ts (the sequence), http1-exchange.ts (one request), visitor-input.ts and
// answer-writer.ts (the two directions), answer-framing.ts, connection-deadlines.ts, lingering-end.ts.
import type { Duplex } from 'node:stream';
import type { Codec, CodecOwner, Transport } from '../codec.ts';
import { HttpDate } from '../http-date.ts';
import { type ConnectionDeps, Http1Connection, type Http1Deps } from './http1-connection.ts';

/** HTTP/1.1 and 1.0 by our own parser (RFC 9112), one connection per stream. */
export class Http1Codec implements Codec {
  readonly #deps: ConnectionDeps;

  constructor(deps: Http1Deps) {
    this.#deps = { ...deps, date: new HttpDate(deps.clock) };
  }

  /**
   * Takes the stream over. A visitor who ends his side still gets the answer under way if the stream allows half-open
   * connections (`allowHalfOpen`); if not, Node ends our side too, and he counts as gone.
   */
  accept(stream: Duplex, owner: CodecOwner): Transport {
    return new Http1Connection(stream, owner, this.#deps);
  }
}
