import type { Duplex } from 'node:stream';
import type { AditError } from '@adit/contracts';
import type { ConnectFacts, PolicyRequest } from '@adit/policy-kit';
import type { Grant, LiveStream } from '../../../domain/grants.ts';
import { admitPath } from '../../admit-path.ts';
import { joinStreams } from '../../join-streams.ts';
import { upstreamError } from '../../upstream-error.ts';
import type { AnswerHead, Exchange } from '../exchange.ts';
import type { EndpointVisit } from '../visitor-connection.ts';
import { WebSocketBytes } from '../websocket/web-socket-bytes.ts';
import type { ForwardingDeps } from './forwarded-request.ts';

/** What a WebSocket is converted with. */
export interface Converting {
  readonly exchange: Exchange;
  /** What opens it. */
  readonly head: AnswerHead;
  readonly visit: EndpointVisit;
  /** As `Forwarding.via`. */
  readonly via: readonly EndpointVisit[];
  /** The request as policies see it. */
  view(): PolicyRequest;
  /** The service broke off, or was never there. */
  onFailure(error: AditError): void;
}

/**
 * An admitted WebSocket that ends here: its service gets the bytes in it, on a stream of its own. Holds grants until both sides
 * are over, as a visitor who leaves in good order may do so before his service has taken all.
 */
export class ConvertedRequest implements LiveStream {
  readonly #c: Converting;
  readonly #deps: ForwardingDeps;
  readonly #upstream: Duplex;
  readonly #held: readonly Grant[];
  #isVisitorGone = false;
  #cancelDeadline = (): void => {};

  /** @throws {AditError} As `Link.open`; then nothing has begun. */
  constructor(converting: Converting, deps: ForwardingDeps) {
    const { visit, via } = converting;
    this.#c = converting;
    this.#deps = deps;
    const { bindId, endpoint, link } = visit.route;
    const { scheme: protocol, proxyProtocol } = endpoint;
    this.#upstream = link.open({ bindId, visitor: visit.facts, protocol, proxyProtocol });
    this.#held = admitPath(
      deps.grants,
      [...via, visit].map(({ route }) => route),
      this,
    );
    deps.metrics.activeStreams(1);
  }

  get facts(): ConnectFacts {
    return this.#c.visit.facts;
  }

  get request(): PolicyRequest {
    return this.#c.view();
  }

  cut(): void {
    // What happens to one side happens to the other; but a visitor who is gone is no side any more.
    if (this.#isVisitorGone) this.#upstream.destroy();
    else this.#c.exchange.abort();
  }

  start(): void {
    const { exchange, head, onFailure } = this.#c;
    const upstream = this.#upstream;
    upstream.once('close', () => this.#releaseIfOver());
    const visitor = new WebSocketBytes(exchange.acceptUpgrade(head), this.#deps);
    joinStreams(visitor, upstream, {
      onFailure: () => {
        // Then it was he who broke off, and his service has followed.
        if (visitor.destroyed) return;
        const error = upstreamError(upstream.errored);
        onFailure(error);
        visitor.destroy(error);
      },
    });
  }

  /** The exchange is closed. */
  end(): void {
    this.#isVisitorGone = true;
    const upstream = this.#upstream;
    if (!upstream.closed) {
      const { clock, limits } = this.#deps;
      this.#cancelDeadline = clock.after(limits.webSocketCloseMs, () => upstream.destroy());
    }
    this.#releaseIfOver();
  }

  #releaseIfOver(): void {
    if (!this.#isVisitorGone || !this.#upstream.closed) return;
    this.#cancelDeadline();
    for (const grant of this.#held) grant.release();
    this.#deps.metrics.activeStreams(-1);
  }
}
