import type { Decision } from '@adit/policy-kit';
import type { RulePlace, Step } from './compiled-rule.ts';

/** What one action answered. */
export interface TrailAnswer {
  /** Null: a condition of the rule could not be evaluated. */
  readonly step: Step | null;
  readonly decision: Decision;
}

/** What came of one rule: which condition did not hold, or what its actions answered. */
export interface TrailEntry {
  readonly place: RulePlace;
  /** The index of the condition that did not hold; null: all held. */
  readonly failedCondition: number | null;
  readonly answers: TrailAnswer[];
}

export type Trail = TrailEntry[];
