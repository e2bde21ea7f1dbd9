import type { Phase, Policy } from '@adit/policy-kit';
import type { PolicyScope } from '../policy-scope.ts';

/** Whose rules they are, outermost first: an account's for all its endpoints, those of one, those its agent brings. */
export const layerNames = ['organisation', 'endpoint', 'agent'] as const;
export type LayerName = (typeof layerNames)[number];

/** Where a rule was written. */
export interface RulePlace {
  readonly layer: LayerName;
  readonly phase: Phase;
  /** From 0, within its phase of its document. */
  readonly index: number;
  /** Empty: none. */
  readonly name: string;
}

export interface CompiledCondition {
  readonly text: string;
  /** @throws When it cannot be evaluated. */
  evaluate(scope: PolicyScope): boolean;
}

/** One prepared policy and the name of its module. */
export interface Step {
  readonly name: string;
  readonly policy: Policy;
}

export interface CompiledRule {
  readonly place: RulePlace;
  readonly conditions: readonly CompiledCondition[];
  readonly steps: readonly Step[];
}

/** The rules of one document, prepared. Shared by the chains of all endpoints that have it; immutable. */
export interface CompiledLayer {
  readonly rules: Readonly<Record<Phase, readonly CompiledRule[]>>;
}
