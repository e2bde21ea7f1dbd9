import { AditError } from '@adit/contracts';
import { type Close, type ConnectFacts, type Decision, type Denial, proceed, type Response } from '@adit/policy-kit';
import type { Answered } from '../../../domain/chain.ts';
import type { InternalRoute, Route } from '../../../domain/route.ts';
import { hasSameDemands } from '../../../domain/tls-demands.ts';
import type { Exchange } from '../exchange.ts';
import type { HttpLimits } from '../http-limits.ts';
import type { EndpointVisit, VisitorConnection } from '../visitor-connection.ts';
import { PolicyPassage } from './policy-passage.ts';
import type { RequestHead } from './request-head.ts';
import type { RequestView } from './request-view.ts';

/** What policies end a request by: it does not reach a service. */
export type Ending = Denial | Close | Response;

/** Whoever has a request decided on. */
export interface DecisionOwner {
  /** True: visitors may still be sent there. */
  isCurrent(route: Route): boolean;
  /** All let it pass. */
  passed(decision: PolicyDecision): void;
  ended(ending: Ending): void;
  /** It goes on at another endpoint, whose policies are asked next. */
  rerouted(reason: string): void;
  /** While policies decided, the route they belong to was replaced: the new one has to be asked. */
  outdated(head: RequestHead): void;
  /** Told of what goes wrong when the caller is gone; before that it is thrown. */
  failed(error: unknown): void;
}

export interface DecisionParts {
  readonly head: RequestHead;
  readonly exchange: Exchange;
  readonly connection: VisitorConnection;
  /** Whom the request is from. */
  readonly facts: ConnectFacts;
  /** To the endpoint that was asked for. */
  readonly visit: EndpointVisit;
  readonly view: RequestView;
  readonly limits: HttpLimits;
}

/** What policies say about one request: those of the endpoint that was asked for, then of each internal one they choose. */
export class PolicyDecision {
  readonly head: RequestHead;
  readonly view: RequestView;
  readonly passage: PolicyPassage;
  /** To the endpoint that serves it: the one that was asked for, or an internal one. */
  target: EndpointVisit;
  /** Visits to those endpoints that sent it on to the target, the one that was asked for first; empty: nobody did. */
  readonly via: EndpointVisit[] = [];
  readonly #parts: DecisionParts;
  readonly #owner: DecisionOwner;

  constructor(parts: DecisionParts, owner: DecisionOwner) {
    this.#parts = parts;
    this.#owner = owner;
    this.head = parts.head;
    this.view = parts.view;
    this.target = parts.visit;
    this.passage = new PolicyPassage(parts.exchange.method, parts.limits);
  }

  /** Tells the owner within the call when every policy answers at once. */
  begin(): void {
    const decision = this.#ask();
    if (!(decision instanceof Promise)) return this.#obey(decision);
    decision.then(
      (decided) => this.#obeyLater(decided),
      (error: unknown) => this.#owner.failed(error),
    );
  }

  /** `connect` once for each (connection, endpoint), then `request`. */
  #ask(): Answered {
    const { target } = this;
    const { route, chain } = target;
    if (route.chain.isEmpty) return proceed;
    const askRequest = (): Answered => this.passage.enter(chain.request(this.view));
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

  /** A decision that took time: the visitor may have left, and a route on the way may no longer stand. */
  #obeyLater(decision: Decision): void {
    if (this.#parts.exchange.isClosed) return;
    try {
      const isCurrent = [...this.via, this.target].every(({ route }) => this.#owner.isCurrent(route));
      if (isRefusal(decision) || isCurrent) this.#obey(decision);
      else this.#owner.outdated(this.head);
    } catch (error) {
      this.#owner.failed(error);
    }
  }

  #obey(decision: Decision): void {
    if (decision.outcome === 'continue') return this.#owner.passed(this);
    if (decision.outcome !== 'reroute') return this.#owner.ended(decision);
    this.#owner.rerouted(decision.reason);
    this.#reroute(decision.target as InternalRoute);
  }

  /** On to an internal endpoint of the account, whose own policies decide next. */
  #reroute({ route }: InternalRoute): void {
    const { connection, facts, limits } = this.#parts;
    if (this.via.length === limits.maxForwards) throw new AditError(3501);
    // Nobody shakes hands with an internal endpoint; what it asks for must have been asked for by the one before.
    const { tls } = route.chain;
    if (tls !== null && !hasSameDemands(tls, connection.demands)) throw new AditError(9003);
    this.via.push(this.target);
    this.target = connection.visit(route, facts);
    const { hostHeader } = route.endpoint;
    if (hostHeader !== null) this.view.headers.set('host', hostHeader);
    // Its service may speak HTTP, and its policies would see none of the requests that the bytes could be. Parts of an edge have
    // none but those of the edge, which has said what its service speaks.
    if (!route.endpoint.part) this.view.isUnwrapped = false;
    this.begin();
  }
}

/** Then it stands, whatever became of the route meanwhile. */
export function isRefusal(decision: Decision): decision is Ending {
  return (
    decision.outcome === 'deny' ||
    decision.outcome === 'close' ||
    (decision.outcome === 'respond' && decision.isRefusal)
  );
}
