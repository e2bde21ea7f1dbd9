import { AditError, toAditError } from '@adit/contracts';
import type { Denial, Response } from '@adit/policy-kit';
import type { HttpScheme } from '../../../domain/endpoint.ts';
import type { Route } from '../../../domain/route.ts';
import { answerContent, answerError, answerRedirect, answerText } from '../errors/error-answer.ts';
import type { AnswerHead, Exchange, ExchangeOwner, HeaderLines } from '../exchange.ts';
import type { EndpointVisit, VisitorConnection } from '../visitor-connection.ts';
import { openingHead, versionLine } from '../websocket/opening.ts';
import { acmeChallenge } from './acme-challenge.ts';
import { AnswerView } from './answer-view.ts';
import type { ClientAddress } from './client-address.ts';
import { clientIdentityLines } from './client-identity.ts';
import { ConvertedRequest } from './converted-request.ts';
import { ForwardedRequest } from './forwarded-request.ts';
import type { ChallengePage, ForwarderDeps } from './forwarder-deps.ts';
import { HeldBody } from './held-body.ts';
import { logRequest } from './log-request.ts';
import { noteRefusal } from './note-refusal.ts';
import type { HostRewrite } from './own-references.ts';
import { type DecisionOwner, type Ending, isRefusal, PolicyDecision } from './policy-decision.ts';
import type { PolicyPassage } from './policy-passage.ts';
import { type RequestHead, readRequestHead } from './request-head.ts';
import { upstreamRequestHeaders } from './request-headers.ts';
import { RequestOutcome } from './request-outcome.ts';
import { RequestView } from './request-view.ts';
import { isTarget } from './target.ts';

// A route may be replaced while its policies decide. Each time the new one decides again; a name that changes faster
// than that is not served.
const maxDecisions = 4;

// Shared: a request without policies is to cost nothing for them.
const noLines: HeaderLines = [];
const noVisits: readonly EndpointVisit[] = [];

/** The story of one request, for the log as well. */
export class HandledRequest implements ExchangeOwner, DecisionOwner {
  readonly #exchange: Exchange;
  readonly #connection: VisitorConnection;
  readonly #deps: ForwarderDeps;
  readonly #requestId: string;
  readonly #client: ClientAddress;
  readonly #startMs: number;
  readonly #outcome = new RequestOutcome();
  #head: RequestHead | null = null;
  /** To the endpoint that was asked for. */
  #visit: EndpointVisit | null = null;
  /** Exactly what would be forwarded without policies. */
  #lines: HeaderLines = noLines;
  #body: HeldBody | null = null;
  #passage: PolicyPassage | null = null;
  #forwarded: ForwardedRequest | null = null;
  #converted: ConvertedRequest | null = null;
  /** Somebody is waited for. */
  #giveUp = (): void => {};
  #attemptsLeft = maxDecisions;

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

  /** Authorities ask on plain HTTP only. */
  get #challengePage(): ChallengePage | undefined {
    return this.#connection.scheme === 'http' ? this.#deps.challengePage : undefined;
  }

  get #durationMs(): number {
    return this.#deps.clock.now() - this.#startMs;
  }

  start(): void {
    this.#exchange.own(this);
    try {
      const head = readRequestHead(this.#exchange, this.#scheme, this.#deps.limits);
      this.#head = head;
      const page = this.#challengePage && acmeChallenge(this.#exchange, head, this.#challengePage);
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
    this.#body?.giveUp();
    this.#forwarded?.end();
    this.#converted?.end();
    this.#deps.metrics.requestEnded(this.#outcome.status);
    this.#connection.exchangeEnded();
    const { upstreamStatus, hasUpstreamFailed } = this.#outcome;
    this.#passage?.over({ upstreamStatus, hasUpstreamFailed, durationMs: this.#durationMs });
    if (this.#deps.log.isLevelEnabled('debug')) this.#log(isWhole);
  }

  #answerChallenge(text: string | undefined, head: RequestHead): void {
    if (this.#exchange.isClosed) return;
    if (text === undefined) return this.#dispatchOnArrival(head);
    this.#outcome.status = 200;
    answerText(this.#exchange, text);
  }

  #dispatchOnArrival(head: RequestHead): void {
    const { fixedRoute } = this.#connection;
    const arrival = fixedRoute ? undefined : this.#deps.router.awaited(this.#scheme, head.authority.host);
    if (!arrival) return this.#dispatch(head);
    this.#giveUp = () => arrival.giveUp();
    arrival.come
      .then(() => {
        if (!this.#exchange.isClosed) this.#dispatchOnArrival(head);
      })
      .catch((error: unknown) => this.#refuse(error));
  }

  #dispatch(head: RequestHead): void {
    const { fixedRoute, demands } = this.#connection;
    if (fixedRoute) return this.#decide(head, fixedRoute);
    const connection = { scheme: this.#scheme, demands };
    const destination = this.#deps.router.resolve(head.authority.host, connection);
    if (destination.kind === 'route') return this.#decide(head, destination.route);
    this.#outcome.status = 308;
    answerRedirect(this.#exchange, destination.origin + (head.path === '*' ? '/' : head.path));
  }

  #decide(head: RequestHead, route: Route): void {
    const visit = this.#connection.visit(route, this.#client.facts);
    this.#visit = visit;
    this.#lines = upstreamRequestHeaders(this.#exchange, head, {
      client: this.#client,
      scheme: this.#scheme,
      requestId: this.#requestId,
      sendsForwarded: this.#deps.sendsForwarded,
      hostHeader: route.endpoint.hostHeader,
    });
    if (route.chain.isEmpty) return this.#forward(head, visit, null);
    const decision = new PolicyDecision(
      {
        head,
        exchange: this.#exchange,
        connection: this.#connection,
        facts: this.#client.facts,
        visit,
        view: this.#viewOf(head),
        limits: this.#deps.limits,
      },
      this,
    );
    this.#passage = decision.passage;
    decision.begin();
  }

  /** A copy: what came stays known for whoever has to decide again. */
  #viewOf(head: RequestHead): RequestView {
    // Content that came once does not come again, whatever chain wants to see it.
    this.#body ??= new HeldBody(this.#exchange, head.expectsContinue);
    const { clock } = this.#deps;
    const receivedAtMs = clock.timeOfDay() - this.#durationMs;
    return new RequestView({
      exchange: this.#exchange,
      head,
      scheme: this.#scheme,
      lines: [...this.#lines],
      body: this.#body,
      receivedAtMs,
    });
  }

  isCurrent(route: Route): boolean {
    return this.#connection.fixedRoute === route || this.#deps.router.isCurrent(route);
  }

  outdated(head: RequestHead): void {
    if (--this.#attemptsLeft === 0) throw new AditError(9004);
    this.#dispatch(head);
  }

  rerouted(reason: string): void {
    this.#outcome.reason = reason;
  }

  failed(error: unknown): void {
    this.#refuse(error);
  }

  passed(decision: PolicyDecision): void {
    if (decision.view.isUnwrapped) this.#convert(decision);
    else this.#forward(decision.head, decision.target, decision);
  }

  ended(ending: Ending): void {
    this.#outcome.reason = ending.reason;
    if (isRefusal(ending)) this.#noteRefusal(ending);
    if (ending.outcome === 'deny') this.#deny(ending);
    else if (ending.outcome === 'close') this.#close();
    else this.#respond(ending);
  }

  #noteRefusal(refusal: Ending): void {
    if (!this.#visit) return;
    const { method } = this.#exchange;
    const path = this.#head?.path ?? '';
    const refused = { visit: this.#visit, passage: this.#passage, requestId: this.#requestId, method, path };
    noteRefusal(refusal, refused, this.#deps);
  }

  #deny({ code, headers = [] }: Denial): void {
    this.#refuse(new AditError(code), headers);
  }

  /** Of HTTP/2 all that is on the connection: it is the visitor who is not wanted. */
  #close(): void {
    this.#exchange.abort();
    this.#connection.destroy();
  }

  #respond(response: Response): void {
    const view = AnswerView.of(response, this.#exchange.method);
    const passage = this.#passage;
    if (!passage?.decidesAnswers) return this.#answer(view);
    passage
      .shape(view)
      .then((refusal) => {
        if (this.#exchange.isClosed) return;
        if (refusal === null) this.#answer(view);
        else this.ended(refusal);
      })
      .catch((error: unknown) => this.#refuse(error));
  }

  #answer(view: AnswerView): void {
    this.#outcome.status = view.status;
    answerContent(this.#exchange, view.head, view.content ?? Buffer.alloc(0));
  }

  #forward(head: RequestHead, target: EndpointVisit, decision: PolicyDecision | null): void {
    const path = decision?.view.target ?? head.path;
    const body = this.#body?.isHeld ? this.#body : null;
    if (decision) {
      if (!isTarget(path)) throw new AditError(9004);
      if (body) decision.view.headers.remove('expect');
      decision.view.headers.lines.push(
        ...decision.passage.identity,
        ...clientIdentityLines(this.#connection.facts.tls),
      );
    }
    this.#forwarded = new ForwardedRequest(
      {
        exchange: this.#exchange,
        head,
        path,
        visit: target,
        via: decision?.via ?? noVisits,
        headers: decision?.view.headers.lines ?? this.#lines,
        view: () => this.#viewOf(head),
        replacedBody: decision?.view.replacedBody ?? null,
        body,
        passage: decision?.passage.decidesAnswers ? decision.passage : null,
        hostRewrite: this.#hostRewrite(head, target.route),
        onFailure: (error) => {
          this.#outcome.upstreamFailed(error);
          this.#refuse(error);
        },
        onRefused: (refusal) => this.ended(refusal),
        onUpstreamAnswer: (status) => {
          this.#outcome.upstreamStatus = status;
        },
        onAnswer: (status) => {
          this.#outcome.status = status;
          if (status === 101 && target.route.link.keepsUpgraded) this.#connection.release();
        },
      },
      this.#deps,
    );
    try {
      this.#forwarded.start();
    } catch (error) {
      this.#outcome.upstreamFailed(error);
      throw error;
    }
  }

  /** The visitor's WebSocket ends here; his service gets the bytes in it. */
  #convert({ head, target, via }: PolicyDecision): void {
    const exchange = this.#exchange;
    let opening: AnswerHead;
    try {
      opening = openingHead(exchange);
    } catch (error) {
      return this.#refuse(error, versionLine);
    }
    const onFailure = (error: AditError): void => {
      this.#outcome.upstreamStatus = null;
      this.#outcome.upstreamFailed(error);
      this.#outcome.reason = error.wireCode;
    };
    const converting = { exchange, head: opening, visit: target, via, view: () => this.#viewOf(head), onFailure };
    try {
      this.#converted = new ConvertedRequest(converting, this.#deps);
    } catch (error) {
      this.#outcome.upstreamFailed(error);
      throw error;
    }
    this.#outcome.status = opening.status;
    this.#outcome.upstreamStatus = opening.status;
    this.#converted.start();
  }

  #hostRewrite(head: RequestHead, { endpoint: { hostHeader } }: Route): HostRewrite | null {
    if (hostHeader === null) return null;
    return { hostHeader, publicOrigin: `${this.#scheme}://${this.#client.host ?? head.authority.text}` };
  }

  #refuse(thrown: unknown, headers: HeaderLines = []): void {
    const error = toAditError(thrown);
    if (error.kind === 'internal') this.#deps.log.error({ err: error, requestId: this.#requestId }, 'request failed');
    if (this.#exchange.isAnswered || this.#exchange.isClosed) return this.#exchange.abort();
    this.#outcome.status = error.status;
    this.#outcome.reason ??= error.wireCode;
    const host = this.#head?.authority.host ?? null;
    if (error.code === 9003) this.#connection.misdirected(host);
    answerError(this.#exchange, error, { requestId: this.#requestId, host, headers });
  }

  #log(isWhole: boolean): void {
    logRequest(this.#deps.log, {
      ...{ requestId: this.#requestId, exchange: this.#exchange, client: this.#client, head: this.#head },
      ...{ visit: this.#visit, passage: this.#passage, outcome: this.#outcome, isWhole, durationMs: this.#durationMs },
    });
  }
}
