import { AditError, type ErrorCode } from '@adit/contracts';
import type { ConnectFacts, Decision, EndpointFacts } from '@adit/policy-kit';
import type { Chain } from '../../domain/chain.ts';
import { endpointFacts } from '../../domain/endpoint.ts';
import type { ExplainedHop, ExplainedVerdict, Explanation } from '../../domain/explanation.ts';
import type { InternalRoute, Route } from '../../domain/route.ts';
import { hasSameDemands } from '../../domain/tls-demands.ts';
import { DecidedRequest, PolicyChain, Visit } from '../run/policy-chain.ts';
import { explainedForward } from './explained-forward.ts';
import { type AskedRequest, ExplainedRequest } from './explained-request.ts';
import { explainedRule, type Walked } from './explained-rule.ts';

/** An endpoint, as far as it decides what becomes of its visitors. */
export interface ExplainedPlace {
  readonly endpoint: EndpointFacts;
  readonly chain: Chain;
  /** Nobody connects to it: visitors of HTTP come from other endpoints only. */
  readonly isInternal: boolean;
  readonly isPooled: boolean;
  /** False: behind its policies there is nothing. */
  readonly hasService: boolean;
  /** See `Endpoint.hostHeader`. */
  readonly hostHeader: string | null;
}

/** Who asks for what. */
export interface AskedVisit {
  readonly connection: ConnectFacts;
  /** Null: the endpoint does not speak HTTP. */
  readonly request: AskedRequest | null;
}

/** What the edge holds forwarded visitors to. */
export interface EdgeRules {
  /** Internal endpoints, one behind the other. */
  readonly maxForwards: number;
  /** Why a request is not forwarded as policies left it; undefined: it is. */
  refusalOf(request: Pick<ExplainedRequest, 'target' | 'isUnwrapped'>): ErrorCode | undefined;
}

/** @param isOneOfSeveral It was chosen among some. */
export function placeOf({ endpoint, chain, link }: Route, isOneOfSeveral = false): ExplainedPlace {
  const { binding, hostHeader } = endpoint;
  const isPooled = endpoint.isPooled || isOneOfSeveral;
  const facts = { endpoint: endpointFacts(endpoint), chain, isPooled, hostHeader };
  return { ...facts, isInternal: binding === 'internal', hasService: link.kind !== 'cloud' };
}

/**
 * What would become of a visitor, on the way that the edge would lead him. Nothing is counted, called or kept: what rests on counts
 * says what they are now.
 */
export async function explainVisit(place: ExplainedPlace, asked: AskedVisit, edge: EdgeRules): Promise<Explanation> {
  return await new ExplainedVisit(asked, edge).run(place);
}

class ExplainedVisit {
  readonly #asked: AskedVisit;
  readonly #edge: EdgeRules;
  readonly #request: ExplainedRequest | null;
  readonly #hops: ExplainedHop[] = [];
  readonly #identity: string[] = [];
  #hasReadSecret = false;

  constructor(asked: AskedVisit, edge: EdgeRules) {
    this.#asked = asked;
    this.#edge = edge;
    this.#request = asked.request && new ExplainedRequest(asked.request);
  }

  async run(first: ExplainedPlace): Promise<Explanation> {
    let place = first;
    for (;;) {
      const decision = await this.#ask(place);
      if (decision.outcome !== 'reroute') return this.#ended(this.#verdictOn(decision, place));
      const { route, others = [] } = decision.target as Partial<InternalRoute>;
      // What internal endpoints there are is not known.
      if (!route) return this.#ended({ ...passed, outcome: 'reroute', reason: decision.reason });
      const refusal = this.#refusalOn(route, first);
      if (refusal !== undefined) return this.#ended(this.#refused(refusal));
      place = placeOf(route, others.length > 0);
      this.#goOn(route);
    }
  }

  #goOn({ endpoint: { hostHeader, part } }: Route): void {
    if (!this.#request) return;
    if (hostHeader !== null) this.#request.headers.set('host', hostHeader);
    // As the edge has it: only parts of an edge may get what is in a WebSocket by the rules before them.
    if (!part) this.#request.isUnwrapped = false;
  }

  async #ask({ chain, endpoint, isInternal, isPooled }: ExplainedPlace): Promise<Decision> {
    const { connection } = this.#asked;
    const isRuled = chain instanceof PolicyChain;
    const visit = isRuled
      ? chain.explain(connection, endpoint, () => {
          this.#hasReadSecret = true;
        })
      : chain.visit(connection, endpoint);
    const walked: Walked[number][] = visit instanceof Visit ? [visit.context] : [];
    const isConnectAsked = !isInternal || this.#request === null;
    let decision: Decision = isConnectAsked ? await visit.connect() : { outcome: 'continue' };
    if (decision.outcome === 'continue' && this.#request) {
      const decided = visit.request(this.#request);
      decision = await decided.decide();
      if (decided instanceof DecidedRequest) walked.push(decided.context);
      this.#identity.push(...decided.identity);
    }
    const rules = isRuled ? [...chain.rules('on_tcp_connect'), ...chain.rules('on_http_request')] : [];
    this.#hops.push({ endpoint, isPooled, rules: rules.map((rule) => explainedRule(rule, walked)) });
    return decision;
  }

  /** Why he does not get to the next endpoint, whatever its policies say. */
  #refusalOn({ chain }: Route, first: ExplainedPlace): ErrorCode | undefined {
    if (this.#hops.length > this.#edge.maxForwards) return 3501;
    // Nobody shakes hands with an internal endpoint; what it asks for must have been asked for by the one before.
    const isOtherTls = this.#request !== null && chain.tls !== null && !hasSameDemands(chain.tls, first.chain.tls);
    return isOtherTls ? 9003 : undefined;
  }

  #verdictOn(decision: Exclude<Decision, { outcome: 'reroute' }>, { hasService }: ExplainedPlace): ExplainedVerdict {
    switch (decision.outcome) {
      case 'deny':
        return this.#refused(decision.code, decision.reason);
      case 'respond':
        return { ...passed, outcome: 'respond', reason: decision.reason, status: decision.status };
      case 'close':
        return { ...passed, outcome: 'close', reason: decision.reason };
      default:
        return this.#verdictOnPassed(hasService);
    }
  }

  #verdictOnPassed(hasService: boolean): ExplainedVerdict {
    const refusal = this.#request ? this.#edge.refusalOf(this.#request) : undefined;
    if (refusal !== undefined) return this.#refused(refusal);
    return hasService ? passed : this.#refused(6029);
  }

  #refused(code: ErrorCode, reason?: string): ExplainedVerdict {
    const { wireCode, status } = new AditError(code);
    const shown = this.#request ? { errorCode: wireCode, status } : { errorCode: null, status: null };
    return { outcome: 'deny', reason: reason ?? wireCode, ...shown };
  }

  #ended(verdict: ExplainedVerdict): Explanation {
    const isForwarded = verdict.outcome === 'allow' || verdict.outcome === 'reroute';
    const { request } = this.#asked;
    if (!isForwarded || !request || !this.#request) return { verdict, hops: this.#hops, forwarded: null };
    const came = { target: request.target, lines: request.headers };
    const goes = { target: this.#request.target, lines: [...this.#request.headers.lines, ...this.#identity] };
    const shown = explainedForward(came, goes, this.#hasReadSecret);
    return { verdict, hops: this.#hops, forwarded: { ...shown, isUnwrapped: this.#request.isUnwrapped } };
  }
}

const passed: ExplainedVerdict = Object.freeze({ outcome: 'allow', reason: null, errorCode: null, status: null });
