import type { TracedRule } from '../../domain/decision-trace.ts';
import type { Trail } from './trail.ts';

/** A trail as it may be shown: without policies and what they hold. */
export function traceTrail(trail: Trail): TracedRule[] {
  return trail.map(({ place, failedCondition, answers }) => ({
    ...{ layer: place.layer, phase: place.phase, index: place.index, name: place.name, failedCondition },
    answers: answers.map(({ step, decision }) => ({
      action: step?.name ?? 'expression',
      outcome: decision.outcome,
      reason: decision.outcome === 'continue' ? null : decision.reason,
    })),
  }));
}
