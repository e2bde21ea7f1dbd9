import { AditError, toAditError } from '@adit/contracts';
import { type Decision, type Denial, proceed, type Response } from '@adit/policy-kit';
import type { Answered } from '../../../domain/chain.ts';
import type { HttpScheme } from '../../../domain/endpoint.ts';
import type { InternalRoute, Route } from '../../../domain/route.ts';
import { hasSameDemands } from '../../../domain/tls-demands.ts';
import { answerContent, answerError, answerRedirect, answerText } from '../errors/error-answer.ts';
import type { Exchange, ExchangeOwner, HeaderLines } from '../exchange.ts';
import type { EndpointVisit, VisitorConnection } from '../visitor-connection.ts';
import { AnswerView } from './answer-view.ts';
import type { ClientAddress } from './client-address.ts';
import { clientIdentityLines } from './client-identity.ts';
import { ForwardedRequest } from './forwarded-request.ts';
import type { ForwarderDeps } from './forwarder-deps.ts';
import { HeldBody } from './held-body.ts';
import type { HostRewrite } from './own-references.ts';
import { PolicyPassage } from './policy-passage.ts';
import { type RequestHead, readRequestHead } from './request-head.ts';
import { upstreamRequestHeaders } from './request-headers.ts';
import { RequestView } from './request-view.ts';
import { isTarget } from './target.ts';

// A route may be replaced while its policies decide. Each time the new one decides again; a name that changes faster
// than that is not served.
const maxDecisions = 4;
const challengePath = '/.well-known/acme-challenge/';

/** A request that is being decided on. */
interface Deciding {
  readonly head: RequestHead;
  /** To the endpoint that was asked for. */
  readonly visit: EndpointVisit;
  /** To the one that serves it: the same, or the internal one that policies chose. */
  readonly target: EndpointVisit;
  /** Exactly what would be forwarded without policies. */
  readonly lines: string[];
  /** Null: no policy was asked. */
  readonly policies: { readonly view: RequestView; readonly passage: PolicyPassage } | null;
  /** Visits to those endpoints that sent it on to the target, `visit` first; empty: nobody did. */
  readonly via: readonly EndpointVisit[];
}

/** The story of one request, for the log as well. */
export class HandledRequest implements ExchangeOwner {
  readonly #exchange: Exchange;
  readonly #connection: VisitorConnection;
  readonly #deps: ForwarderDeps;
  readonly #requestId: string;
  readonly #client: ClientAddress;
  readonly #startMs: number;
  #head: RequestHead | null = null;
  #route: Route | null = null;
  #visit: EndpointVisit | null = null;
  #body: HeldBody | null = null;
  #passage: PolicyPassage | null = null;
  #forwarded: ForwardedRequest | null = null;
  /** Somebody is waited for. */
  #giveUp = (): void => {};
  #status = 0;
  #upstreamStatus: number | null = null;
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
    if (this.#forwarded) this.#forwarded.sendPiece(piece);
    else this.#body?.onBody(piece);
  }

  onBodyEnd(trailers: HeaderLines): void {
    if (this.#forwarded) this.#forwarded.sendEnd(trailers);
    else this.#body?.onBodyEnd(trailers);
  }

  onDrain(): void {
    this.#forwarded?.resumeAnswer();
  }

  onClose(isWhole: boolean): void {
    this.#giveUp();
    this.#forwarded?.end();
    this.#deps.metrics.requestEnded(this.#status);
    this.#connection.exchangeEnded();
    this.#passage?.over({
      upstreamStatus: this.#upstreamStatus,
      durationMs: this.#deps.clock.now() - this.#startMs,
    });
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
    const { fixedRoute, demands } = this.#connection;
    if (fixedRoute) return this.#decide(head, fixedRoute, attemptsLeft);
    const connection = { scheme: this.#scheme, demands };
    const destination = this.#deps.router.resolve(head.authority.host, connection);
    if (destination.kind === 'route') return this.#decide(head, destination.route, attemptsLeft);
    this.#status = 308;
    answerRedirect(this.#exchange, destination.origin + (head.path === '*' ? '/' : head.path));
  }

  #decide(head: RequestHead, route: Route, attemptsLeft: number): void {
    this.#route = route;
    const visit = this.#connection.visit(route, this.#client.facts);
    this.#visit = visit;
    const lines = upstreamRequestHeaders(this.#exchange, head, {
      client: this.#client,
      scheme: this.#scheme,
      requestId: this.#requestId,
      sendsForwarded: this.#deps.sendsForwarded,
      hostHeader: route.endpoint.hostHeader,
    });
    const plain = { head, visit, target: visit, lines, policies: null, via: [] };
    if (route.chain.isEmpty) return this.#forward(plain);
    this.#passage = new PolicyPassage(this.#exchange.method, this.#deps.limits);
    // Theirs is a copy: what came stays known for whoever has to decide again.
    const deciding = { ...plain, policies: { view: this.#viewOf(head, [...lines]), passage: this.#passage } };
    this.#obeyWhenDecided(this.#askChain(deciding), deciding, attemptsLeft);
  }

  #viewOf(head: RequestHead, lines: string[]): RequestView {
    // Content that came once does not come again, whatever chain wants to see it.
    this.#body ??= new HeldBody(this.#exchange, head.expectsContinue);
    const { clock } = this.#deps;
    const receivedAtMs = clock.timeOfDay() - (clock.now() - this.#startMs);
    return new RequestView({
      exchange: this.#exchange,
      head,
      scheme: this.#scheme,
      lines,
      body: this.#body,
      receivedAtMs,
    });
  }

  #obeyWhenDecided(decision: Answered, deciding: Deciding, attemptsLeft: number): void {
    if (!(decision instanceof Promise)) return this.#obey(decision, deciding, attemptsLeft);
    decision.then(
      (decided) => this.#obeyLater(decided, deciding, attemptsLeft),
      (error: unknown) => this.#refuse(error),
    );
  }

  /** `connect` once for each (connection, endpoint), then `request`. Answers at once when every policy does. */
  #askChain({ target, policies }: Deciding): Answered {
    const { route } = target;
    if (route.chain.isEmpty || !policies) return proceed;
    const { view, passage } = policies;
    const chain = target.chain;
    const askRequest = (): Answered => passage.enter(chain.request(view));
    // Nobody connects to an internal endpoint.
    if (route.endpoint.binding === 'internal') return askRequest();
    target.decision ??= chain.connect();
    if (target.decision instanceof Promise) {
      return target.decision.then((decided) => {
        target.decision = decided;
        return decided.outcome === 'continue' ? askRequest() : decided;
      });
    }
    return target.decision.outcome === 'continue' ? askRequest() : target.decision;
  }

  /** A decision that took time: the visitor may have left, and the route may no longer stand. */
  #obeyLater(decision: Decision, deciding: Deciding, attemptsLeft: number): void {
    if (this.#exchange.isClosed) return;
    try {
      const { route } = deciding.visit;
      const isCurrent = this.#connection.fixedRoute === route || this.#deps.router.isCurrent(route);
      if (isCurrent || isRefusal(decision)) return this.#obey(decision, deciding, attemptsLeft);
      if (attemptsLeft === 1) throw new AditError(9004);
      this.#dispatch(deciding.head, attemptsLeft - 1);
    } catch (error) {
      this.#refuse(error);
    }
  }

  #obey(decision: Decision, deciding: Deciding, attemptsLeft: number): void {
    if (isRefusal(decision)) this.#noteRefusal(decision, deciding.visit);
    if (decision.outcome !== 'continue') this.#reason = decision.reason;
    switch (decision.outcome) {
      case 'continue':
        return this.#forward(deciding);
      case 'deny':
        return this.#deny(decision);
      case 'close':
        return this.#close();
      case 'respond':
        return this.#respond(decision, deciding);
      case 'reroute':
        return this.#reroute(decision.target as InternalRoute, deciding, attemptsLeft);
    }
  }

  /** For the metrics, and for the owner, who is asked why. */
  #noteRefusal({ outcome, reason }: Refusal, { route, chain, facts }: EndpointVisit): void {
    this.#deps.metrics.denied(reason);
    const { id: endpointId, accountId, url } = route.endpoint;
    this.#deps.traces.record({
      ...{ requestId: this.#requestId, accountId, endpointId, url, outcome, reason },
      ...{ atMs: this.#deps.clock.timeOfDay(), clientIp: facts.clientIp, method: this.#exchange.method },
      path: this.#head?.path.split('?', 1)[0] ?? '',
      rules: [...chain.trace(), ...(this.#passage?.trace() ?? [])],
    });
  }

  #deny({ code, headers = [] }: Denial): void {
    this.#refuse(new AditError(code), headers);
  }

  /** Of HTTP/2 all that is on the connection: it is the visitor who is not wanted. */
  #close(): void {
    this.#exchange.abort();
    this.#connection.destroy();
  }

  #respond(response: Response, { policies }: Deciding): void {
    const view = AnswerView.of(response, this.#exchange.method);
    const passage = policies?.passage;
    if (!passage?.decidesAnswers) return this.#answer(view);
    passage.shape(view).then(
      (refusal) => {
        if (this.#exchange.isClosed) return;
        if (refusal === null) this.#answer(view);
        else this.#refuseAnswer(refusal);
      },
      (error: unknown) => this.#refuse(error),
    );
  }

  #answer(view: AnswerView): void {
    this.#status = view.status;
    answerContent(this.#exchange, view.head, view.content ?? Buffer.alloc(0));
  }

  #refuseAnswer(refusal: Exclude<Awaited<ReturnType<PolicyPassage['shape']>>, null>): void {
    this.#reason = refusal.reason;
    if (this.#visit) this.#noteRefusal(refusal, this.#visit);
    if (refusal.outcome === 'deny') this.#deny(refusal);
    else this.#close();
  }

  /** On to an internal endpoint of the account, whose own policies decide next. */
  #reroute({ route }: InternalRoute, deciding: Deciding, attemptsLeft: number): void {
    if (deciding.via.length === this.#deps.limits.maxForwards) throw new AditError(3501);
    // Nobody shakes hands with an internal endpoint; what it asks for must have been asked for by the one before.
    const { tls } = route.chain;
    if (tls !== null && !hasSameDemands(tls, this.#connection.demands)) throw new AditError(9003);
    const target = this.#connection.visit(route, this.#client.facts);
    const { hostHeader } = route.endpoint;
    if (hostHeader !== null) deciding.policies?.view.headers.set('host', hostHeader);
    const next = { ...deciding, target, via: [...deciding.via, deciding.target] };
    this.#obeyWhenDecided(this.#askChain(next), next, attemptsLeft);
  }

  #forward({ head, target, via, lines, policies }: Deciding): void {
    const path = policies?.view.target ?? head.path;
    const body = this.#body?.isHeld ? this.#body : null;
    if (policies) {
      if (!isTarget(path)) throw new AditError(9004);
      if (body) policies.view.headers.remove('expect');
      policies.view.headers.lines.push(
        ...policies.passage.identity,
        ...clientIdentityLines(this.#connection.facts.tls),
      );
    }
    this.#forwarded = new ForwardedRequest(
      {
        exchange: this.#exchange,
        head,
        path,
        visit: target,
        via,
        headers: policies?.view.headers.lines ?? lines,
        view: () => this.#viewOf(head, [...lines]),
        isBodyReplaced: policies?.view.isBodyReplaced ?? false,
        body,
        passage: policies?.passage.decidesAnswers ? policies.passage : null,
        hostRewrite: this.#hostRewrite(head, target.route),
        onFailure: (error) => this.#refuse(error),
        onRefused: (refusal) => this.#refuseAnswer(refusal),
        onAnswer: (status, upstreamStatus) => {
          this.#status = status;
          this.#upstreamStatus = upstreamStatus;
          if (status === 101 && target.route.link.keepsUpgraded) this.#connection.release();
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

  #refuse(thrown: unknown, headers: HeaderLines = []): void {
    const error = toAditError(thrown);
    if (error.kind === 'internal') this.#deps.log.error({ err: error, requestId: this.#requestId }, 'request failed');
    if (this.#exchange.isAnswered || this.#exchange.isClosed) return this.#exchange.abort();
    this.#status = error.status;
    this.#reason ??= error.wireCode;
    const host = this.#head?.authority.host ?? null;
    if (error.code === 9003) this.#connection.misdirected(host);
    answerError(this.#exchange, error, { requestId: this.#requestId, host, headers });
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
        ...(this.#passage && this.#passage.logged.length > 0 && { noted: this.#passage.logged }),
      },
      'request',
    );
  }
}

type Refusal = Exclude<Decision, { outcome: 'continue' | 'reroute' }>;

/** Then it stands, whatever became of the route meanwhile. */
function isRefusal(decision: Decision): decision is Refusal {
  return (
    decision.outcome === 'deny' ||
    decision.outcome === 'close' ||
    (decision.outcome === 'respond' && decision.isRefusal)
  );
}
