// edge/http/upstream: requests over a link's streams, in whatever protocol the service behind the link speaks. What may be
// sent and what of an answer the visitor sees is decided in `forward`; here is only how it is carried.
import type { ConnectFacts } from '@adit/policy-kit';
import type { Clock } from '../../../domain/clock.ts';
import type { Route } from '../../../domain/route.ts';
import type { HttpLimits } from '../http-limits.ts';
import type { UpstreamExchange, UpstreamPool, UpstreamReceiver, UpstreamRequest } from '../upstream.ts';
import { Http1Stream, type StreamOwner } from './http1-stream.ts';

export interface PoolOptions {
  readonly clock: Clock;
  readonly limits: HttpLimits;
}

/** Upstreams that speak HTTP/1.1: one request at a time on each stream, kept for the next when both messages were whole. */
export class Http1Pool implements UpstreamPool, StreamOwner {
  readonly limits: HttpLimits;
  readonly #route: Route;
  readonly #visitor: ConnectFacts;
  readonly #clock: Clock;
  /** The last one was used last: it is the least likely to be closed by the service just now. */
  readonly #idle: Http1Stream[] = [];
  readonly #streams = new Set<Http1Stream>();
  #isRetired = false;
  #cancelTimer: (() => void) | null = null;

  constructor(route: Route, visitor: ConnectFacts, { clock, limits }: PoolOptions) {
    this.#route = route;
    this.#visitor = visitor;
    this.#clock = clock;
    this.limits = limits;
  }

  send(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamExchange {
    return (this.#takeIdle() ?? this.#open()).send(request, receiver);
  }

  closeIdle(): void {
    for (const stream of this.#idle.splice(0)) stream.destroy();
  }

  retire(): void {
    this.#isRetired = true;
    this.closeIdle();
  }

  destroy(): void {
    this.#isRetired = true;
    this.#idle.length = 0;
    this.#cancelTimer?.();
    for (const stream of this.#streams) stream.destroy();
  }

  keep(stream: Http1Stream): boolean {
    if (this.#isRetired || this.#idle.length >= this.limits.maxIdleUpstreams) return false;
    stream.idleSinceMs = this.#clock.now();
    this.#idle.push(stream);
    this.#cancelTimer ??= this.#clock.after(this.limits.idleUpstreamMs, this.#closeStale);
    return true;
  }

  forget(stream: Http1Stream): void {
    this.#streams.delete(stream);
    const at = this.#idle.indexOf(stream);
    if (at !== -1) this.#idle.splice(at, 1);
  }

  /**
   * A visitor may stay for minutes after his last request, and thousands do: their streams would fill the agent's session.
   * One timer for all streams, set again when it finds younger ones: they come and go with each request.
   */
  readonly #closeStale = (): void => {
    this.#cancelTimer = null;
    const staleSinceMs = this.#clock.now() - this.limits.idleUpstreamMs;
    let [oldest] = this.#idle;
    while (oldest !== undefined && oldest.idleSinceMs <= staleSinceMs) {
      oldest.destroy();
      [oldest] = this.#idle;
    }
    if (oldest !== undefined) {
      this.#cancelTimer = this.#clock.after(oldest.idleSinceMs - staleSinceMs, this.#closeStale);
    }
  };

  /** The youngest. It may be stale all the same: a busy event loop is late with its timers. */
  #takeIdle(): Http1Stream | undefined {
    const stream = this.#idle.pop();
    if (stream === undefined || stream.idleSinceMs >= this.#clock.now() - this.limits.idleUpstreamMs) return stream;
    stream.destroy();
    // The others have waited longer still.
    this.closeIdle();
    return undefined;
  }

  #open(): Http1Stream {
    const { bindId, endpoint, link } = this.#route;
    const { scheme: protocol, proxyProtocol } = endpoint;
    const stream = new Http1Stream(link.open({ bindId, visitor: this.#visitor, protocol, proxyProtocol }), this);
    this.#streams.add(stream);
    return stream;
  }
}
