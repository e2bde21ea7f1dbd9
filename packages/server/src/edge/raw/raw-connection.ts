import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { AditError, toAditError } from '@adit/contracts';
import type { Decision, Reroute } from '@adit/policy-kit';
import { endpointFacts } from '../../domain/endpoint.ts';
import { type InternalRoute, isPassedThrough, type Route } from '../../domain/route.ts';
import { hasSameDemands } from '../../domain/tls-demands.ts';
import { admitPath } from '../admit-path.ts';
import { joinStreams } from '../join-streams.ts';
import { upstreamError } from '../upstream-error.ts';
import type { RawDeps, RawVisit } from './raw-visit.ts';
import { tlsAlert } from './tls-alert.ts';

// A chain may be replaced while another decides, or while hands are shaken. One that changes faster than that serves nobody.
const maxDecisions = 4;

/** One connection: decided once, then joined to a stream of its link until both sides are done. */
export class RawConnection {
  readonly #socket: Socket;
  #visit: RawVisit;
  readonly #deps: RawDeps;
  readonly #startMs: number;
  #stream: Duplex | null = null;
  /** The endpoint asked for, and each internal one that policies chose; the last one serves it. */
  #path: [Route, ...Route[]];
  #reason: string | null = null;
  #isRefused = false;
  #attemptsLeft = maxDecisions;

  constructor(socket: Socket, visit: RawVisit, deps: RawDeps) {
    this.#socket = socket;
    this.#visit = visit;
    this.#path = [visit.route];
    this.#deps = deps;
    this.#startMs = deps.clock.now();
  }

  start(): void {
    const socket = this.#socket;
    // Its 'close' follows, which is where it is handled.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#log());
    // The listener of TLS does not want it, but behind it may be a service that does.
    socket.allowHalfOpen = true;
    socket.setNoDelay(true).setKeepAlive(true, this.#deps.limits.keepAliveMs);
    this.#decideSafely();
  }

  /** Ends both sides within the call. To the visitor it must not look like an orderly end: more may have been to come. */
  destroy(): void {
    const socket = this.#socket;
    // TLS has a word of its own for an orderly end, and it is not said here.
    if (socket instanceof TLSSocket || socket.destroyed) socket.destroy();
    else socket.resetAndDestroy();
    this.#stream?.destroy();
  }

  #decideSafely(): void {
    this.#decide().catch((error: unknown) => this.#refuse(toAditError(error)));
  }

  /** By the policies of the endpoint, and of each internal one that they choose. */
  async #decide(): Promise<void> {
    const { facts } = this.#visit;
    for (;;) {
      if (this.#path.length > this.#deps.limits.maxForwards + 1) throw new AditError(3501);
      const { chain, endpoint } = this.#route;
      const decision = await chain.visit(facts, endpointFacts(endpoint)).connect();
      if (decision.outcome !== 'reroute') return this.#obey(decision);
      this.#path.push((decision.target as InternalRoute).route);
    }
  }

  get #route(): Route {
    return this.#path.at(-1) ?? this.#visit.route;
  }

  #obey(decision: Exclude<Decision, Reroute>): void {
    const { route } = this.#visit;
    if (this.#socket.destroyed) return;
    if (decision.outcome !== 'continue') {
      this.#deps.metrics.denied(decision.reason);
      this.#reason = decision.reason;
      return this.#refuse(new AditError(decision.outcome === 'deny' ? decision.code : 9007));
    }
    // The decision may have taken its time; a route that it was made for may be another's by now.
    const { routes } = this.#deps;
    const now = routes.current(route);
    if (!now) return this.#refuse(new AditError(3200));
    if (this.#path.some((one) => routes.current(one)?.chain !== one.chain)) return this.#decideAgain(now);
    this.#carry();
  }

  /** By the chain that took the place of the one that decided, unless hands would have been shaken otherwise for it. */
  #decideAgain(route: Route): void {
    if (!hasSameDemands(route.chain.tls, this.#visit.route.chain.tls)) return this.#refuse(new AditError(9003));
    if (--this.#attemptsLeft === 0) return this.#refuse(new AditError(9004));
    this.#visit = { ...this.#visit, route };
    this.#path = [route];
    this.#decideSafely();
  }

  #carry(): void {
    const { route: asked, facts } = this.#visit;
    const route = this.#route;
    const { grants, metrics } = this.#deps;
    const { scheme: protocol, proxyProtocol } = route.endpoint;
    const isPassthrough = isPassedThrough(asked);
    const stream = route.link.open({ bindId: route.bindId, visitor: facts, protocol, proxyProtocol, isPassthrough });
    this.#stream = stream;
    const live = { facts, request: null, cut: () => this.destroy() };
    const held = admitPath(grants, this.#path, live);
    metrics.activeStreams(1);
    this.#socket.once('close', () => {
      for (const grant of held) grant.release();
      metrics.activeStreams(-1);
    });
    joinStreams(this.#socket, stream, { onFailure: () => this.#refuse(upstreamError(stream.errored)) });
  }

  /** The first reason counts: what breaks is told of twice, as an error and as an end. */
  #refuse(error: AditError): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    this.#reason ??= error.wireCode;
    if (error.kind === 'internal') this.#deps.log.error({ err: error }, 'connection failed');
    if (this.#awaitsServerHello) this.#alert(error);
    else this.destroy();
  }

  /** Then a client of TLS can be told in its own words who ended it; on other connections nothing can be said. */
  get #awaitsServerHello(): boolean {
    const { destroyed, writableEnded, bytesWritten } = this.#socket;
    return isPassedThrough(this.#visit.route) && !destroyed && !writableEnded && bytesWritten === 0;
  }

  #alert(error: AditError): void {
    const { clock, limits } = this.#deps;
    const cancel = clock.after(limits.alertTimeoutMs, () => this.destroy());
    // Unread bytes at close would make the system send a reset, which can overtake the alert.
    this.#socket.removeAllListeners('data').once('close', cancel).end(tlsAlert(error)).resume();
  }

  #log(): void {
    const { log, clock } = this.#deps;
    if (!log.isLevelEnabled('debug')) return;
    const { route, facts } = this.#visit;
    log.debug(
      {
        clientIp: facts.clientIp,
        endpointId: route.endpoint.id,
        bytesIn: this.#socket.bytesRead,
        bytesOut: this.#socket.bytesWritten,
        durationMs: clock.now() - this.#startMs,
        ...(this.#reason !== null && { reason: this.#reason }),
      },
      'connection',
    );
  }
}
