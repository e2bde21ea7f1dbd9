import type { ExplainedAction, ExplainedCondition, ExplainedRule } from '../../domain/explanation.ts';
import { EvaluationFailure } from '../expressions/evaluation-failure.ts';
import type { CompiledRule } from '../run/compiled-rule.ts';
import type { PolicyContext } from '../run/policy-context.ts';
import type { TrailEntry } from '../run/trail.ts';

/** What walks came to, those of the connection and of the request. */
export type Walked = readonly Pick<PolicyContext, 'trail' | 'failure' | 'callsLeftOut'>[];

/** What became of one rule. */
export function explainedRule({ place, conditions }: CompiledRule, walked: Walked): ExplainedRule {
  const { layer, phase, index, name } = place;
  for (const context of walked) {
    const entry = context.trail.find((one) => one.place === place);
    if (!entry) continue;
    const failure = entry === context.trail.at(-1) ? context.failure : null;
    return {
      ...{ layer, phase, index, name, isAsked: true },
      conditions: conditions.map(({ text }, i) => explainedCondition(text, i, { entry, failure })),
      actions: actionsOf(entry, context.callsLeftOut ?? []),
    };
  }
  const unasked = conditions.map(({ text }) => ({ text, holds: null, failure: null }));
  return { layer, phase, index, name, isAsked: false, conditions: unasked, actions: [] };
}

function explainedCondition(
  text: string,
  index: number,
  { entry, failure }: { entry: TrailEntry; failure: PolicyContext['failure'] },
): ExplainedCondition {
  const last = failure?.condition ?? entry.failedCondition ?? Number.POSITIVE_INFINITY;
  if (index < last) return { text, holds: true, failure: null };
  if (index > last) return { text, holds: null, failure: null };
  if (failure?.condition === index) return { text, holds: null, failure: whyOf(failure.error) };
  return { text, holds: false, failure: null };
}

/** Only those words that are known to have no value in them. */
function whyOf(error: unknown): string {
  return error instanceof EvaluationFailure ? error.message : 'Cannot evaluate the expression';
}

function actionsOf({ answers }: TrailEntry, callsLeftOut: readonly unknown[]): ExplainedAction[] {
  return answers.map(({ step, decision }) => ({
    type: step?.name ?? 'expression',
    outcome: decision.outcome,
    reason: decision.outcome === 'continue' ? null : decision.reason,
    wouldCall: step !== null && callsLeftOut.includes(step),
  }));
}
