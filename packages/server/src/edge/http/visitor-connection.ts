import type { AditError } from '@adit/contracts';
import { newId } from '@adit/contracts';
import type { ConnectFacts, Decision, TlsDemands } from '@adit/policy-kit';
import type { ChainVisit } from '../../domain/chain.ts';
import type { Clock } from '../../domain/clock.ts';
import { endpointFacts, type HttpScheme } from '../../domain/endpoint.ts';
import type { Log } from '../../domain/log.ts';
import type { Route } from '../../domain/route.ts';
import type { CodecOwner, Transport } from './codec.ts';
import { rawErrorAnswer } from './errors/error-answer.ts';
import type { Exchange, HeaderLines } from './exchange.ts';
import { type ClientAddress, directClient, proxiedClient, type TrustedProxies } from './forward/client-address.ts';
import { HttpDate } from './http-date.ts';
import type { HttpLimits } from './http-limits.ts';
import type { HttpMetrics } from './http-metrics.ts';
import type { OpenPool } from './upstream/open-pool.ts';
import type { UpstreamPool } from './upstream.ts';

/** What is known about a visitor's connection when its first byte of HTTP arrives. */
export interface Visitor {
  readonly facts: ConnectFacts;
  readonly scheme: HttpScheme;
  /** What TLS agreed on; connections without ALPN speak HTTP/1.1. */
  readonly alpn: 'h2' | 'http/1.1';
  /** What the handshake was made for; null: for nothing that another endpoint could not have, or there was none. */
  readonly demands: TlsDemands | null;
  /** Set for a service's own listener: every request goes there, whatever its authority. */
  readonly fixedRoute?: Route;
}

export interface ConnectionDeps {
  readonly clock: Clock;
  readonly limits: HttpLimits;
  readonly metrics: HttpMetrics;
  readonly log: Log;
  readonly openPool: OpenPool;
  readonly trustedProxies: TrustedProxies;
  onExchange(exchange: Exchange, connection: VisitorConnection): void;
  /** It is closed, or no visitor's any more. May be told twice. */
  onGone(connection: VisitorConnection): void;
}

/** What one connection keeps about one endpoint it has talked to; over a trusted proxy, for each of its visitors. */
export interface EndpointVisit {
  readonly route: Route;
  readonly facts: ConnectFacts;
  readonly pool: UpstreamPool;
  /** What its chain has to do with this connection. */
  readonly chain: ChainVisit;
  /** The answer of `chain.connect`: asked once, before the first request. */
  decision: Decision | Promise<Decision> | null;
}

/** One visitor connection: its facts, its endpoints, its idle time. */
export class VisitorConnection implements CodecOwner {
  readonly facts: ConnectFacts;
  readonly scheme: HttpScheme;
  readonly demands: TlsDemands | null;
  readonly fixedRoute: Route | null;
  readonly #alpn: Visitor['alpn'];
  readonly #deps: ConnectionDeps;
  readonly #direct: ClientAddress;
  readonly #isProxied: boolean;
  readonly #visits = new Map<string, EndpointVisit>();
  #transport: Transport | null = null;
  #isDraining = false;
  #isClosed = false;
  #active = 0;
  #deadlineMs: number;
  #cancelTimer: (() => void) | null = null;
  #requestIdPrefix = '';
  #requests = 0;

  constructor(visitor: Visitor, deps: ConnectionDeps) {
    this.facts = visitor.facts;
    this.scheme = visitor.scheme;
    this.demands = visitor.demands;
    this.#alpn = visitor.alpn;
    this.fixedRoute = visitor.fixedRoute ?? null;
    this.#deps = deps;
    this.#direct = directClient(visitor.facts);
    this.#isProxied = deps.trustedProxies.has(visitor.facts.clientIp);
    this.#deadlineMs = deps.clock.now() + deps.limits.headTimeoutMs;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Begins to watch the clock. */
  attach(transport: Transport): void {
    this.#transport = transport;
    if (!this.#isClosed) this.#watch(this.#deps.limits.headTimeoutMs);
  }

  /** Whom a request is from: the peer, unless it is a proxy that is trusted to say. */
  clientOf(headers: HeaderLines): ClientAddress {
    return this.#isProxied ? proxiedClient(this.facts, headers, this.#deps.trustedProxies) : this.#direct;
  }

  /** The visit to this generation of the endpoint; a newer one replaces it, and its streams are not used again. */
  visit(route: Route, facts: ConnectFacts): EndpointVisit {
    if (this.#isProxied && !this.#isToldFromOthers(facts)) return this.#visitOnce(route, facts);
    const key = this.#isProxied ? keyOf(route, facts) : route.endpoint.id;
    const known = this.#visits.get(key);
    if (known?.route === route) return known;
    known?.pool.retire();
    if (!known) this.#makeRoom();
    const visit = this.#openVisit(route, facts);
    this.#visits.set(key, visit);
    return visit;
  }

  /** Unique, and cheap: requests of one connection share a random prefix. Has the form of an id. */
  nextRequestId(): string {
    // 22 of 31 characters are the prefix, 9 the count: enough for any connection, and still base62.
    if (this.#requestIdPrefix === '')
      this.#requestIdPrefix = newId('request', this.#deps.clock.timeOfDay()).slice(0, 22);
    return this.#requestIdPrefix + (this.#requests++).toString(36).padStart(9, '0');
  }

  onExchange(exchange: Exchange): void {
    this.#active++;
    this.#deps.onExchange(exchange, this);
  }

  /** The forwarder is done with an exchange. */
  exchangeEnded(): void {
    this.#active--;
    if (this.#active > 0 || this.#isClosed) return;
    this.#deadlineMs = this.#deps.clock.now() + this.#deps.limits.idleTimeoutMs;
    if (!this.#cancelTimer) this.#watch(this.#deps.limits.idleTimeoutMs);
  }

  onMalformed(error: AditError): string {
    const requestId = this.nextRequestId();
    const { clientIp } = this.facts;
    this.#deps.metrics.requestEnded(error.status);
    this.#deps.log.debug({ requestId, clientIp, status: error.status, reason: error.wireCode }, 'request');
    return rawErrorAnswer(error, { requestId, date: new HttpDate(this.#deps.clock).text });
  }

  onClose(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    for (const { pool } of this.#visits.values()) pool.destroy();
    this.#visits.clear();
    this.#deps.onGone(this);
  }

  /** The next answer asks the visitor to leave. HTTP/2 can say so at once, and takes nothing new. */
  lastCall(): void {
    this.#isDraining = true;
    if (this.#alpn === 'h2') this.#transport?.drain();
  }

  /**
   * A request came over this connection that its endpoint takes over another one only. Where it is the very one that the
   * connection was opened for, the endpoint asks something else by now, and the visitor has to come anew. Others he may
   * go on to ask for.
   */
  misdirected(host: string | null): void {
    if (host !== null && host === this.facts.serverName) this.lastCall();
  }

  /** Whoever has the upgraded stream behind it closes it. */
  release(): void {
    this.#deps.onGone(this);
  }

  drain(): void {
    this.#isDraining = true;
    this.#transport?.drain();
  }

  destroy(): void {
    this.#transport?.destroy();
  }

  /**
   * Behind a proxy one visitor is one address and port. Where the proxy tells no port, or nobody at all, several people may
   * share what it told: each request is a visitor of its own then, and what a login bound to one's upstream stream is not
   * the other's.
   */
  #isToldFromOthers(facts: ConnectFacts): boolean {
    return facts.clientPort !== 0 && facts !== this.facts;
  }

  /** For one request. Its streams are kept for nobody, and the visit is not remembered: no other would find it. */
  #visitOnce(route: Route, facts: ConnectFacts): EndpointVisit {
    const visit = this.#openVisit(route, facts);
    visit.pool.retire();
    return visit;
  }

  #openVisit(route: Route, facts: ConnectFacts): EndpointVisit {
    const chain = route.chain.visit(facts, endpointFacts(route.endpoint));
    return { route, facts, pool: this.#deps.openPool(route, facts, this.#deps), chain, decision: null };
  }

  /** The visit that began first goes; what it has under way is finished. */
  #makeRoom(): void {
    if (this.#visits.size < this.#deps.limits.maxVisitsPerConnection) return;
    for (const [key, visit] of this.#visits) {
      this.#visits.delete(key);
      visit.pool.retire();
      return;
    }
  }

  /** One timer at most, re-armed when it fires early: setting one for each request would cost more than it tells. */
  #watch(delayMs: number): void {
    this.#cancelTimer = this.#deps.clock.after(delayMs, () => {
      this.#cancelTimer = null;
      if (this.#active > 0) return;
      const leftMs = this.#deadlineMs - this.#deps.clock.now();
      if (leftMs > 0) this.#watch(leftMs);
      else this.#leave();
    });
  }

  /** Whoever neither reads what is left for him nor closes his side would keep the socket for ever. */
  #leave(): void {
    this.#transport?.drain();
    if (this.#isClosed) return;
    this.#cancelTimer = this.#deps.clock.after(this.#deps.limits.drainTimeoutMs, () => {
      this.#cancelTimer = null;
      if (this.#active === 0) this.#transport?.destroy();
    });
  }
}

function keyOf(route: Route, { clientIp, clientPort }: ConnectFacts): string {
  return `${route.endpoint.id} ${clientIp} ${clientPort}`;
}
