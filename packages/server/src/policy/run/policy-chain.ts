import {
  type ConnectFacts,
  type Decision,
  type Denial,
  type EndpointFacts,
  type Outcome,
  type Phase,
  type PolicyEvent,
  type PolicyRequest,
  type PolicyResponse,
  proceed,
  type TlsDemands,
} from '@adit/policy-kit';
import type { AdmittedStream, Answered, Chain, ChainRequest, ChainVisit } from '../../domain/chain.ts';
import type { TracedRule } from '../../domain/decision-trace.ts';
import type { CompiledLayer, CompiledRule, Step } from './compiled-rule.ts';
import { type ContextFacts, PolicyContext } from './policy-context.ts';
import type { ChainState } from './policy-state.ts';
import { traceTrail } from './trace-trail.ts';
import { type Ask, Walk, type WalkDeps } from './walk.ts';

export interface ChainParts {
  /** Outermost first. */
  readonly layers: readonly CompiledLayer[];
  readonly tls: TlsDemands | null;
  /** Its own: given up when it is closed. */
  readonly state: ChainState;
  /** See `PolicyScope.secret`. */
  secret(vault: string, name: string): string | undefined;
}

type Programs = Readonly<Record<Phase, readonly CompiledRule[]>>;

/** What is asked, and whether it may be any more: a closed policy is not. */
interface Asked {
  readonly programs: Programs;
  isClosed: boolean;
}

/** A chain with policies: the rules of its layers, outermost first on requests and last on answers. */
export class PolicyChain implements Chain {
  readonly isEmpty = false;
  readonly tls: TlsDemands | null;
  readonly #asked: Asked;
  readonly #parts: ChainParts;
  readonly #deps: WalkDeps;
  readonly #now: () => number;

  constructor(parts: ChainParts, deps: WalkDeps) {
    this.#parts = parts;
    this.#deps = deps;
    this.tls = parts.tls;
    this.#now = () => deps.clock.timeOfDay();
    this.#asked = { programs: programsOf(parts.layers), isClosed: false };
  }

  visit(connection: ConnectFacts, endpoint: EndpointFacts): Visit {
    return new Visit(this.#factsOf(connection, endpoint, false), this.#asked, this.#deps);
  }

  /**
   * As `visit`, for whoever asks what would happen: nothing is counted, called or logged.
   *
   * @param onSecret A secret was read: what is decided or left from then on may hold it.
   */
  explain(connection: ConnectFacts, endpoint: EndpointFacts, onSecret: () => void): Visit {
    const facts = this.#factsOf(connection, endpoint, true);
    const secret: ContextFacts['secret'] = (vault, name) => {
      onSecret();
      return facts.secret(vault, name);
    };
    return new Visit({ ...facts, secret }, this.#asked, { ...this.#deps, log: silent });
  }

  /** Those that are asked in a phase, in their order. */
  rules(phase: Phase): readonly CompiledRule[] {
    return this.#asked.programs[phase];
  }

  /** Must be answered at once: a promise here counts as a failure, which refuses. */
  recheck({ connection, endpoint, request }: AdmittedStream): Decision {
    const facts = this.#factsOf(connection, endpoint, true);
    const before = new PolicyContext(facts, null);
    const decision = this.#recheckPhase('on_tcp_connect', before);
    if (decision.outcome !== 'continue' || request === null) return decision;
    const context = new PolicyContext(facts, before);
    context.request = request;
    return this.#recheckPhase('on_http_request', context);
  }

  #recheckPhase(phase: Phase, context: PolicyContext): Decision {
    const decision = new Walk(this.#asked.programs[phase], { context, ask: askAgain, deps: this.#deps }).run();
    return decision instanceof Promise ? { outcome: 'deny', reason: 'chain/policy-failed', code: 9004 } : decision;
  }

  close(): void {
    if (this.#asked.isClosed) return;
    this.#asked.isClosed = true;
    this.#parts.state.release();
  }

  #factsOf(connection: ConnectFacts, endpoint: EndpointFacts, isDry: boolean): ContextFacts {
    const { state, secret } = this.#parts;
    return { connection, endpoint, isDry, state, secret, now: this.#now };
  }
}

/** What goes wrong for a visitor who is not there concerns whoever asked about him. */
const silent: WalkDeps['log'] = { error: () => {}, debug: () => {}, isLevelEnabled: () => false };

const askAgain: Ask = (policy, context) => (policy.recheck ? policy.recheck(context) : proceed);

/** What one connection has to do with one endpoint. */
export class Visit implements ChainVisit {
  readonly context: PolicyContext;
  readonly #facts: ContextFacts;
  readonly #asked: Asked;
  readonly #deps: WalkDeps;

  constructor(facts: ContextFacts, asked: Asked, deps: WalkDeps) {
    this.#facts = facts;
    this.#asked = asked;
    this.#deps = deps;
    this.context = new PolicyContext(facts, null);
  }

  connect(): Answered {
    const { on_tcp_connect: rules } = this.#asked.programs;
    const answered = new Walk(rules, { context: this.context, ask: askConnect, deps: this.#deps }).run();
    if (answered instanceof Promise) void answered.then(() => this.#tellNoted());
    else this.#tellNoted();
    return answered;
  }

  /** What is noted about requests is in their own lines. */
  #tellNoted(): void {
    const { connection, endpoint, isDry, logged } = this.context;
    const { log } = this.#deps;
    if (logged.length === 0 || isDry || !log.isLevelEnabled('debug')) return;
    log.debug({ clientIp: connection.clientIp, url: endpoint.url, noted: logged }, 'connection');
  }

  trace(): TracedRule[] {
    return traceTrail(this.context.trail);
  }

  request(request: PolicyRequest): DecidedRequest {
    const context = new PolicyContext(this.#facts, this.context);
    context.request = request;
    return new DecidedRequest(context, this.#asked, this.#deps);
  }
}

const askConnect: Ask = (policy, context) => policy.connect?.(context);
const askRequest: Ask = (policy, context) => policy.request?.(context);
const askResponse: Ask = (policy, context) => policy.response?.(context);
const askEvent: Ask = (policy, context) => policy.event?.(context);
const replaced: Denial = Object.freeze({ outcome: 'deny', reason: 'chain/replaced', code: 9004 });

/** One request on its way through the phases. */
export class DecidedRequest implements ChainRequest {
  readonly context: PolicyContext;
  readonly #asked: Asked;
  readonly #deps: WalkDeps;
  /** The trail until the first event: of each event only its own is kept, for streams do not end. */
  #trailLength: number | null = null;

  constructor(context: PolicyContext, asked: Asked, deps: WalkDeps) {
    this.context = context;
    this.#asked = asked;
    this.#deps = deps;
  }

  get identity(): readonly string[] {
    return this.context.identity;
  }

  get logged(): readonly Readonly<Record<string, string>>[] {
    return this.context.logged;
  }

  trace(): TracedRule[] {
    return traceTrail(this.context.trail);
  }

  get decidesAnswers(): boolean {
    return this.#asked.programs.on_http_response.length > 0 || this.decidesEvents;
  }

  get decidesEvents(): boolean {
    return this.#asked.programs.on_event_stream_message.length > 0;
  }

  decide(): Answered {
    return this.#walk('on_http_request', askRequest);
  }

  answer(response: PolicyResponse): Answered {
    this.context.response = response;
    return this.#walk('on_http_response', askResponse);
  }

  /** Once other rules have taken the place of these, the visitor has to come again to get those. */
  event(event: PolicyEvent): Answered {
    if (this.#asked.isClosed) return replaced;
    const { trail } = this.context;
    this.#trailLength ??= trail.length;
    trail.length = this.#trailLength;
    this.context.event = event;
    return this.#walk('on_event_stream_message', askEvent);
  }

  /** Those that let it pass are told. */
  over(outcome: Outcome): void {
    for (const { answers } of this.context.trail) {
      for (const { step, decision } of answers) {
        if (step?.policy.outcome && decision.outcome === 'continue') this.#tell(step, outcome);
      }
    }
  }

  #tell(step: Step, outcome: Outcome): void {
    this.context.step = step;
    try {
      step.policy.outcome?.(outcome, this.context);
    } catch (err) {
      this.#deps.log.error({ policy: step.name, err }, 'A policy could not be told how a request ended');
    }
  }

  #walk(phase: Phase, ask: Ask): Answered {
    this.context.beginPhase();
    return new Walk(this.#asked.programs[phase], { context: this.context, ask, deps: this.#deps }).run();
  }
}

function programsOf(layers: readonly CompiledLayer[]): Programs {
  const inwards = (phase: Phase) => layers.flatMap(({ rules }) => rules[phase]);
  const outwards = (phase: Phase) => layers.toReversed().flatMap(({ rules }) => rules[phase]);
  return {
    on_tcp_connect: inwards('on_tcp_connect'),
    on_http_request: inwards('on_http_request'),
    on_http_response: outwards('on_http_response'),
    on_event_stream_message: outwards('on_event_stream_message'),
  };
}
