import type { Expression, Pattern, Phase, ResultShape, Template } from '@adit/policy-kit';
import type { Compiled } from '../expressions/expressions.ts';
import type { CompiledCondition } from '../run/compiled-rule.ts';

/** What the compiler asks of the language of expressions. All throw `ExpressionProblem`. */
export interface ExpressionEngine {
  condition(text: string, phase: Phase): CompiledCondition & Compiled;
  expression(text: string, phase: Phase, variables?: ResultShape): Expression & Compiled;
  template(text: string, phase: Phase): Template & Compiled;
  /** @param now By which the time that replacing takes is bounded, milliseconds. */
  pattern(source: string, now: () => number): Pattern;
}
