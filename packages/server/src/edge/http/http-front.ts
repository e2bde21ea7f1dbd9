import type { Duplex } from 'node:stream';
import type { Clock } from '../../domain/clock.ts';
import type { Grants } from '../../domain/grants.ts';
import type { Log } from '../../domain/log.ts';
import type { Codec } from './codec.ts';
import { Forwarder } from './forwarder.ts';
import { defaultHttpLimits, type HttpLimits } from './http-limits.ts';
import type { HttpMetrics } from './http-metrics.ts';
import { NodeHttp1 } from './node-http1.ts';
import { NodeHttp2 } from './node-http2.ts';
import { Router, type RouterOptions } from './router.ts';
import { type ConnectionDeps, type Visitor, VisitorConnection } from './visitor-connection.ts';

export interface HttpFrontDeps extends RouterOptions {
  readonly grants: Grants;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: HttpMetrics;
  readonly limits?: Partial<HttpLimits>;
}

/** Serves HTTP on visitor streams that somebody else accepted and, where it applies, ended TLS on. */
export class HttpFront {
  readonly #codecs: Readonly<Record<Visitor['alpn'], Codec>>;
  readonly #connectionDeps: ConnectionDeps;
  readonly #clock: Clock;
  readonly #limits: HttpLimits;
  readonly #connections = new Set<VisitorConnection>();
  #onEmpty: (() => void) | null = null;
  #isDraining = false;

  constructor(deps: HttpFrontDeps) {
    const { clock, metrics, grants, log } = deps;
    const limits = { ...defaultHttpLimits, ...deps.limits };
    const forwarder = new Forwarder({ router: new Router(deps), grants, clock, log, metrics, limits });
    this.#clock = clock;
    this.#limits = limits;
    this.#codecs = { 'http/1.1': new NodeHttp1({ clock, limits }), h2: new NodeHttp2({ limits }) };
    this.#connectionDeps = {
      ...{ clock, limits, metrics, log },
      onExchange: (exchange, connection) => forwarder.handle(exchange, connection),
      onClose: (connection) => this.#forget(connection),
    };
  }

  /** Connections that are open now. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Takes the stream over; it is closed when the visitor, an error, a limit or `drain` says so. Never throws for input. */
  accept(stream: Duplex, visitor: Visitor): void {
    const connection = new VisitorConnection(visitor, this.#connectionDeps);
    this.#connections.add(connection);
    connection.attach(this.#codecs[visitor.alpn].accept(stream, connection));
    if (this.#isDraining) connection.drain();
  }

  /**
   * Asks every visitor to leave: idle connections and upgraded streams end now, others after the answer under way (HTTP/2
   * gets GOAWAY). What is left after `drainTimeoutMs` is cut. Resolves when no connection is left.
   */
  async drain(): Promise<void> {
    this.#isDraining = true;
    for (const connection of this.#connections) connection.drain();
    if (this.#connections.size === 0) return;
    const cancel = this.#clock.after(this.#limits.drainTimeoutMs, () => {
      for (const connection of this.#connections) connection.destroy();
    });
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    cancel();
  }

  #forget(connection: VisitorConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }
}
