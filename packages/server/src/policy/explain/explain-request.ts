import { AditError } from '@adit/contracts';
import type { ConnectFacts, Decision, EndpointFacts, Phase } from '@adit/policy-kit';
import type { CompiledLayer, CompiledRule } from '../run/compiled-rule.ts';
import type { PolicyChain } from '../run/policy-chain.ts';
import type { Trail, TrailEntry } from '../run/trail.ts';
import { type AskedRequest, ExplainedRequest } from './explained-request.ts';

/** What became of one rule. */
export interface ExplainedRule {
  readonly layer: string;
  readonly phase: Phase;
  /** From 0. */
  readonly index: number;
  readonly name: string;
  /** In order; null: not asked any more. */
  readonly conditions: readonly { readonly text: string; readonly holds: boolean | null }[];
  /** Those that were asked. */
  readonly actions: readonly { readonly type: string; readonly outcome: string; readonly reason: string | null }[];
  /** False: a rule before it had ended the phase. */
  readonly isAsked: boolean;
}

export interface Explanation {
  readonly verdict: Verdict;
  readonly rules: readonly ExplainedRule[];
  /** The request as it would be forwarded; null: it would not. */
  readonly forwarded: ForwardedHead | null;
}

export interface ForwardedHead {
  readonly target: string;
  readonly headers: readonly string[];
  /** True: the service gets the bytes of the visitor's WebSocket in place of all that. */
  readonly isUnwrapped: boolean;
}

export interface Verdict {
  /** `allow`: it goes to the service, or on to an internal endpoint. */
  readonly outcome: 'allow' | Exclude<Decision['outcome'], 'continue'>;
  readonly reason: string | null;
  /** What the visitor gets; null: an answer of the service, or none at all. */
  readonly status: number | null;
}

/** What would happen to a request. Nothing is counted, called or kept: what rests on counts says what they are now. */
export async function explainRequest(
  chain: PolicyChain,
  rules: readonly CompiledRule[],
  asked: { connection: ConnectFacts; endpoint: EndpointFacts; request: AskedRequest | null },
): Promise<Explanation> {
  const visit = chain.explain(asked.connection, asked.endpoint);
  const connected = await visit.connect();
  const trail: Trail = [...visit.context.trail];
  if (connected.outcome !== 'continue' || asked.request === null) return explanation(connected, { trail, rules });
  const request = new ExplainedRequest(asked.request);
  const decided = visit.request(request);
  const decision = await decided.decide();
  trail.push(...decided.context.trail);
  const { target, isUnwrapped } = request;
  const forwarded = { target, headers: [...request.headers.lines, ...decided.identity], isUnwrapped };
  return { ...explanation(decision, { trail, rules }), forwarded: decision.outcome === 'continue' ? forwarded : null };
}

/** The rules of all layers that are asked before a request is forwarded, in their order. */
export function rulesOf(layers: readonly CompiledLayer[]): CompiledRule[] {
  return (['on_tcp_connect', 'on_http_request'] as const).flatMap((phase) =>
    layers.flatMap(({ rules }) => rules[phase]),
  );
}

function verdictOf(decision: Decision): Verdict {
  switch (decision.outcome) {
    case 'continue':
      return { outcome: 'allow', reason: null, status: null };
    case 'deny':
      return { outcome: 'deny', reason: decision.reason, status: new AditError(decision.code).status };
    case 'respond':
      return { outcome: 'respond', reason: decision.reason, status: decision.status };
    default:
      return { outcome: decision.outcome, reason: decision.reason, status: null };
  }
}

function explanation(
  decision: Decision,
  { trail, rules }: { trail: Trail; rules: readonly CompiledRule[] },
): Explanation {
  const explained = rules.map((rule) =>
    explainedRule(
      rule,
      trail.find(({ place }) => place === rule.place),
    ),
  );
  return { verdict: verdictOf(decision), rules: explained, forwarded: null };
}

function explainedRule({ place, conditions }: CompiledRule, entry: TrailEntry | undefined): ExplainedRule {
  const { layer, phase, index, name } = place;
  const holdsOf = (i: number): boolean | null => {
    if (!entry) return null;
    if (entry.failedCondition === null) return true;
    return i < entry.failedCondition ? true : i === entry.failedCondition ? false : null;
  };
  return {
    ...{ layer, phase, index, name, isAsked: entry !== undefined },
    conditions: conditions.map(({ text }, i) => ({ text, holds: holdsOf(i) })),
    actions: (entry?.answers ?? []).map(({ step, decision }) => ({
      type: step?.name ?? 'expression',
      outcome: decision.outcome,
      reason: decision.outcome === 'continue' ? null : decision.reason,
    })),
  };
}
