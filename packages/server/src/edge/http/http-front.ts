import type { Duplex } from 'node:stream';
import { HeldBudget } from '@adit/wire';
import type { Clock } from '../../domain/clock.ts';
import type { DecisionTraces } from '../../domain/decision-trace.ts';
import type { Grants } from '../../domain/grants.ts';
import type { Log } from '../../domain/log.ts';
import type { Codec } from './codec.ts';
import type { TrustedProxies } from './forward/client-address.ts';
import { Forwarder } from './forward/forwarder.ts';
import type { ChallengePage } from './forward/forwarder-deps.ts';
import { Router, type RouterOptions } from './forward/router.ts';
import { defaultHttpLimits, type HttpLimits } from './http-limits.ts';
import type { HttpMetrics } from './http-metrics.ts';
import { Http1Codec } from './http1/http1-codec.ts';
import { Http2Codec } from './http2/http2-codec.ts';
import { type OpenPool, poolOpener } from './upstream/open-pool.ts';
import { type ConnectionDeps, type Visitor, VisitorConnection } from './visitor-connection.ts';

export interface HttpFrontDeps extends RouterOptions {
  readonly grants: Grants;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: HttpMetrics;
  /** Told why requests are refused. Default: nobody asks. */
  readonly traces?: Pick<DecisionTraces, 'record'>;
  readonly limits?: Partial<HttpLimits>;
  /** Peers whose forwarding lines are believed. Default: nobody. */
  readonly trustedProxies?: TrustedProxies;
  /** True: upstreams get a `Forwarded` line (RFC 7239) beside `X-Forwarded-*`. Default false. */
  readonly sendsForwarded?: boolean;
  /** Answers authorities that look whether a host leads here. Default: all such requests go their ordinary way. */
  readonly challengePage?: ChallengePage;
  /** Tests put the runtime's own HTTP here, as a second opinion. Default: ours. */
  readonly codecs?: Partial<Record<Visitor['alpn'], Codec>>;
  readonly openPool?: OpenPool;
}

const noTraces = { record: () => {} };
const nobody: TrustedProxies = { has: () => false };

/** Serves HTTP on visitor streams that somebody else accepted and, where it applies, ended TLS on. */
export class HttpFront {
  readonly #codecs: Readonly<Record<Visitor['alpn'], Codec>>;
  readonly #connectionDeps: ConnectionDeps;
  readonly #clock: Clock;
  readonly #limits: HttpLimits;
  readonly #connections = new Set<VisitorConnection>();
  #onEmpty: (() => void) | null = null;
  #isLastCall = false;
  #isDraining = false;

  constructor(deps: HttpFrontDeps) {
    const { clock, metrics, grants, log } = deps;
    const limits = { ...defaultHttpLimits, ...deps.limits };
    const held = new HeldBudget(limits.h2MaxHeldBytesInAll);
    const sendsForwarded = deps.sendsForwarded ?? false;
    const { challengePage } = deps;
    const router = new Router(deps);
    const forwarder = new Forwarder({
      traces: deps.traces ?? noTraces,
      router,
      grants,
      clock,
      log,
      metrics,
      limits,
      sendsForwarded,
      challengePage,
    });
    this.#clock = clock;
    this.#limits = limits;
    this.#codecs = {
      'http/1.1': new Http1Codec({ clock, limits }),
      h2: new Http2Codec({ clock, limits, held }),
      ...deps.codecs,
    };
    this.#connectionDeps = {
      ...{ clock, limits, metrics, log },
      openPool: deps.openPool ?? poolOpener(held),
      trustedProxies: deps.trustedProxies ?? nobody,
      onExchange: (exchange, connection) => forwarder.handle(exchange, connection),
      onGone: (connection) => this.#forget(connection),
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
    else if (this.#isLastCall) connection.lastCall();
  }

  /**
   * Has every visitor leave of his own accord: HTTP/1.1 connections are closed behind their next answer, so that no request
   * can meet a connection that was closed while it was on its way. `drain` is for those who ask for nothing more.
   */
  lastCall(): void {
    this.#isLastCall = true;
    for (const connection of this.#connections) connection.lastCall();
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
