import type { ConnectFacts } from '@adit/policy-kit';
import type { HeldBudget } from '@adit/wire';
import type { Clock } from '../../../domain/clock.ts';
import type { HttpScheme } from '../../../domain/endpoint.ts';
import type { Route } from '../../../domain/route.ts';
import type { HttpLimits } from '../http-limits.ts';
import type { UpstreamExchange, UpstreamPool, UpstreamReceiver, UpstreamRequest } from '../upstream.ts';
import type { PoolOptions } from './http1-pool.ts';
import { Http2Connection, type Http2ConnectionOwner } from './http2-connection.ts';

export interface Http2PoolOptions extends PoolOptions {
  /** What stalled answers may hold here, of all pools together. */
  readonly held: HeldBudget;
}

/** Upstreams that speak HTTP/2 by prior knowledge: one stream of the link carries all requests of the visitor. */
export class Http2Pool implements UpstreamPool, Http2ConnectionOwner {
  readonly clock: Clock;
  readonly limits: HttpLimits;
  readonly scheme: HttpScheme;
  readonly held: HeldBudget;
  readonly #route: Route;
  readonly #visitor: ConnectFacts;
  readonly #connections = new Set<Http2Connection>();
  #current: Http2Connection | null = null;
  #isRetired = false;
  /** Since the last answer. */
  #refusals = 0;

  constructor(route: Route, visitor: ConnectFacts, { clock, limits, held }: Http2PoolOptions) {
    this.#route = route;
    this.#visitor = visitor;
    this.clock = clock;
    this.limits = limits;
    this.held = held;
    // Of the service's own connection, not the visitor's (that is X-Forwarded-Proto): servers that speak HTTP/2 in clear
    // refuse `https`, as a request that came the wrong way.
    this.scheme = route.endpoint.forwardsTo.startsWith('https://') ? 'https' : 'http';
  }

  send(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamExchange {
    const connection = this.#current?.isUsable ? this.#current : this.#open();
    const exchange = connection.send(request, receiver);
    if (this.#isRetired) connection.retire();
    return exchange;
  }

  closeIdle(): void {
    for (const connection of this.#connections) if (connection.isIdle) connection.destroy();
  }

  retire(): void {
    this.#isRetired = true;
    for (const connection of this.#connections) connection.retire();
  }

  destroy(): void {
    this.#isRetired = true;
    for (const connection of this.#connections) connection.destroy();
  }

  /** For its connections. An upstream that refuses everything must not keep us at it. */
  mayRetryRefused(): boolean {
    return ++this.#refusals <= this.limits.maxConcurrentStreams;
  }

  noteAnswer(): void {
    this.#refusals = 0;
  }

  forget(connection: Http2Connection): void {
    this.#connections.delete(connection);
    if (this.#current === connection) this.#current = null;
  }

  #open(): Http2Connection {
    // One that is over may still wait for its upstream to read why.
    if (this.#current?.isIdle) this.#current.destroy();
    const { bindId, endpoint, link } = this.#route;
    const { scheme: protocol, proxyProtocol } = endpoint;
    const stream = link.open({ bindId, visitor: this.#visitor, protocol, proxyProtocol });
    const connection = new Http2Connection(stream, this);
    this.#connections.add(connection);
    this.#current = connection;
    return connection;
  }
}
