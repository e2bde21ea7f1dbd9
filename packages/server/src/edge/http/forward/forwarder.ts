import { AditError, toAditError } from '@adit/contracts';
import { type Decision, proceed } from '@adit/policy-kit';
import type { HttpScheme } from '../../../domain/endpoint.ts';
import type { Log } from '../../../domain/log.ts';
import type { Route } from '../../../domain/route.ts';
import { answerError, answerRedirect, answerText } from '../errors/error-answer.ts';
import type { Exchange, ExchangeOwner, HeaderLines } from '../exchange.ts';
import type { EndpointVisit, VisitorConnection } from '../visitor-connection.ts';
import type { ClientAddress } from './client-address.ts';
import { ForwardedRequest, type ForwardingDeps } from './forwarded-request.ts';
import type { HostRewrite } from './own-references.ts';
import { type RequestHead, readRequestHead } from './request-head.ts';
import { requestFacts, upstreamRequestHeaders } from './request-headers.ts';
import type { Router } from './router.ts';

export interface ForwarderDeps extends ForwardingDeps {
  readonly router: Router;
  readonly log: Log;
  /** True: upstreams get a `Forwarded` line as well. */
  readonly sendsForwarded: boolean;
  readonly challengePage: ChallengePage | undefined;
}

// A route may be replaced while its policies decide. Each time the new one decides again; a name that changes faster
// than that is not served.
const maxDecisions = 4;

/**
 * What an authority is to find at that token of a host (RFC 8555 §8.3); undefined: nothing of ours, and the request goes its
 * ordinary way, perhaps to an endpoint that has an ACME client of its own.
 */
export type ChallengePage = (host: string, token: string) => Promise<string | undefined>;
const challengePath = '/.well-known/acme-challenge/';

/** Takes each request of each connection to its answer: route, policies, grant, upstream. */
export class Forwarder {
  readonly #deps: ForwarderDeps;
  constructor(deps: ForwarderDeps) {
    this.#deps = deps;
  }

  handle(exchange: Exchange, connection: VisitorConnection): void {
    new HandledRequest(exchange, connection, this.#deps).start();
  }
}

/** The story of one request, for the log as well. */
class HandledRequest implements ExchangeOwner {
  readonly #exchange: Exchange;
  readonly #connection: VisitorConnection;
  readonly #deps: ForwarderDeps;
  readonly #requestId: string;
  readonly #client: ClientAddress;
  readonly #startMs: number;
  #head: RequestHead | null = null;
  #route: Route | null = null;
  #forwarded: ForwardedRequest | null = null;
  /** Somebody is waited for. */
  #giveUp = (): void => {};
  #status = 0;
  #reason: string | null = null;

  constructor(exchange: Exchange, connection: VisitorConnection, deps: ForwarderDeps) {
    this.#exchange = exchange;
    this.#connection = connection;
    this.#deps = deps;
    this.#requestId = connection.nextRequestId();
    this.#client = connection.clientOf(exchange.headers);
    this.#startMs = deps.clock.now();
  }

  /** As the visitor sees it: a trusted proxy may have ended TLS for us. */
  get #scheme(): HttpScheme {
    return this.#client.proto ?? this.#connection.scheme;
  }

  start(): void {
    this.#exchange.own(this);
    try {
      const head = readRequestHead(this.#exchange, this.#scheme, this.#deps.limits);
      this.#head = head;
      const page = this.#challengePage(head);
      if (!page) return this.#dispatchOnArrival(head);
      page.then((text) => this.#answerChallenge(text, head)).catch((error: unknown) => this.#refuse(error));
    } catch (error) {
      this.#refuse(error);
    }
  }

  onBody(piece: Buffer): void {
    this.#forwarded?.sendPiece(piece);
  }

  onBodyEnd(trailers: HeaderLines): void {
    this.#forwarded?.sendEnd(trailers);
  }

  onDrain(): void {
    this.#forwarded?.resumeAnswer();
  }

  onClose(isWhole: boolean): void {
    this.#giveUp();
    this.#forwarded?.end();
    this.#deps.metrics.requestEnded(this.#status);
    this.#connection.exchangeEnded();
    this.#log(isWhole);
  }

  /** Undefined: it is no question of an authority's, which asks on plain HTTP only. */
  #challengePage({ authority, path }: RequestHead): Promise<string | undefined> | undefined {
    const { challengePage } = this.#deps;
    if (!challengePage || this.#connection.scheme !== 'http' || this.#exchange.method !== 'GET') return undefined;
    return path.startsWith(challengePath) ? challengePage(authority.host, path.slice(challengePath.length)) : undefined;
  }

  #answerChallenge(text: string | undefined, head: RequestHead): void {
    if (this.#exchange.isClosed) return;
    if (text === undefined) return this.#dispatchOnArrival(head);
    this.#status = 200;
    answerText(this.#exchange, text);
  }

  #dispatchOnArrival(head: RequestHead): void {
    const { fixedRoute } = this.#connection;
    const arrival = fixedRoute ? undefined : this.#deps.router.awaited(this.#scheme, head.authority.host);
    if (!arrival) return this.#dispatch(head, maxDecisions);
    this.#giveUp = () => arrival.giveUp();
    arrival.come
      .then(() => {
        if (!this.#exchange.isClosed) this.#dispatchOnArrival(head);
      })
      .catch((error: unknown) => this.#refuse(error));
  }

  #dispatch(head: RequestHead, attemptsLeft: number): void {
    const { fixedRoute, facts } = this.#connection;
    if (fixedRoute) return this.#decide(head, fixedRoute, attemptsLeft);
    const connection = { scheme: this.#scheme, serverName: facts.serverName };
    const destination = this.#deps.router.resolve(head.authority.host, connection);
    if (destination.kind === 'route') return this.#decide(head, destination.route, attemptsLeft);
    this.#status = 308;
    answerRedirect(this.#exchange, destination.origin + (head.path === '*' ? '/' : head.path));
  }

  #decide(head: RequestHead, route: Route, attemptsLeft: number): void {
    this.#route = route;
    const visit = this.#connection.visit(route, this.#client.facts);
    const lines = upstreamRequestHeaders(this.#exchange, head, {
      client: this.#client,
      scheme: this.#scheme,
      requestId: this.#requestId,
      sendsForwarded: this.#deps.sendsForwarded,
      hostHeader: route.endpoint.hostHeader,
    });
    const decision = this.#askChain(head, visit, lines);
    if (!(decision instanceof Promise)) return this.#obey(decision, { head, visit, lines });
    decision.then(
      (decided) => this.#obeyLater(decided, { head, visit, lines }, attemptsLeft),
      (error: unknown) => this.#refuse(error),
    );
  }

  /** `connect` once for each (connection, endpoint), then `request`. Answers at once when every policy does. */
  #askChain(head: RequestHead, visit: EndpointVisit, lines: readonly string[]): Decision | Promise<Decision> {
    const { chain } = visit.route;
    if (chain.isEmpty) return proceed;
    const connection = visit.facts;
    const askRequest = (): Decision | Promise<Decision> =>
      chain.request(requestFacts(this.#exchange, head, { lines, connection }));
    visit.decision ??= chain.connect(connection);
    if (visit.decision instanceof Promise) {
      return visit.decision.then((decided) => {
        visit.decision = decided;
        return decided.outcome === 'continue' ? askRequest() : decided;
      });
    }
    return visit.decision.outcome === 'continue' ? askRequest() : visit.decision;
  }

  /** A decision that took time: the visitor may have left, and the route may no longer stand. */
  #obeyLater(decision: Decision, context: DecisionContext, attemptsLeft: number): void {
    if (this.#exchange.isClosed) return;
    try {
      const { route } = context.visit;
      const isCurrent = this.#connection.fixedRoute === route || this.#deps.router.isCurrent(route);
      if (isCurrent || decision.outcome !== 'continue') return this.#obey(decision, context);
      if (attemptsLeft === 1) throw new AditError(9004);
      this.#dispatch(context.head, attemptsLeft - 1);
    } catch (error) {
      this.#refuse(error);
    }
  }

  #obey(decision: Decision, { head, visit, lines }: DecisionContext): void {
    if (decision.outcome !== 'continue') {
      this.#reason = decision.reason;
      this.#deps.metrics.denied(decision.reason);
      throw new AditError(decision.code);
    }
    this.#forwarded = new ForwardedRequest(
      {
        exchange: this.#exchange,
        head,
        visit,
        headers: lines,
        hostRewrite: this.#hostRewrite(head, visit.route),
        onFailure: (error) => this.#refuse(error),
        onAnswer: (status) => {
          this.#status = status;
          if (status === 101 && visit.route.link.keepsUpgraded) this.#connection.release();
        },
      },
      this.#deps,
    );
    this.#forwarded.start();
  }

  #hostRewrite(head: RequestHead, { endpoint: { hostHeader } }: Route): HostRewrite | null {
    if (hostHeader === null) return null;
    return { hostHeader, publicOrigin: `${this.#scheme}://${this.#client.host ?? head.authority.text}` };
  }

  #refuse(thrown: unknown): void {
    const error = toAditError(thrown);
    if (error.kind === 'internal') this.#deps.log.error({ err: error, requestId: this.#requestId }, 'request failed');
    if (this.#exchange.isAnswered || this.#exchange.isClosed) return this.#exchange.abort();
    this.#status = error.status;
    this.#reason ??= error.wireCode;
    answerError(this.#exchange, error, { requestId: this.#requestId, host: this.#head?.authority.host ?? null });
  }

  #log(isWhole: boolean): void {
    if (!this.#deps.log.isLevelEnabled('debug')) return;
    this.#deps.log.debug(
      {
        requestId: this.#requestId,
        clientIp: this.#client.facts.clientIp,
        method: this.#exchange.method,
        host: this.#head?.authority.host ?? null,
        // Never the query: it carries tokens.
        path: this.#head?.path.split('?', 1)[0] ?? null,
        status: this.#status,
        isWhole,
        durationMs: this.#deps.clock.now() - this.#startMs,
        ...(this.#route && { endpointId: this.#route.endpoint.id }),
        ...(this.#reason !== null && { reason: this.#reason }),
      },
      'request',
    );
  }
}

interface DecisionContext {
  readonly head: RequestHead;
  readonly visit: EndpointVisit;
  readonly lines: readonly string[];
}
