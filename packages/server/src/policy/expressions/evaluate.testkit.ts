import type { Phase } from '@adit/policy-kit';
import { expect } from 'vitest';
import type { PolicyScope } from '../policy-scope.ts';
import { EvaluationFailure } from './evaluation-failure.ts';
import { ExpressionProblem } from './expression-problem.ts';
import { Expressions } from './expressions.ts';
import { sampleAddresses } from './sample-addresses.testkit.ts';
import { sampleScope } from './sample-scope.testkit.ts';

/** Knows two addresses, one secret, one module with every type of result, and a random number that is always a half. */
export const sampleExpressions = new Expressions({
  results: new Map([
    [
      'sample_action',
      {
        text: 'string',
        yes: 'bool',
        count: 'int',
        share: 'double',
        anything: 'dyn',
        texts: 'list<string>',
        things: 'list<dyn>',
        pairs: 'map<string, string>',
        claims: 'map<string, dyn>',
        inner: { code: 'string', deeper: { count: 'int' } },
      },
    ],
  ]),
  addresses: sampleAddresses,
  random: () => 0.5,
});

interface Where {
  /** Default: the last one, which knows everything. */
  readonly phase?: Phase;
  readonly scope?: PolicyScope;
}

/** The value of an expression, which is a decision of its own. */
export function evaluate(
  text: string,
  { phase = 'on_event_stream_message', scope = sampleScope() }: Where = {},
): unknown {
  scope.steps = 0;
  return sampleExpressions.expression(text, phase).evaluate(scope);
}

/** Why an expression has no value. */
export function failureOf(text: string, where: Where = {}): string {
  try {
    evaluate(text, where);
  } catch (error) {
    expect(error).toBeInstanceOf(EvaluationFailure);
    return (error as EvaluationFailure).message.replace('Cannot evaluate the expression: ', '');
  }
  throw new Error(`"${text}" has a value`);
}

/** What is wrong with an expression, with the part of it that is meant. */
export function problemOf(
  text: string,
  phase: Phase = 'on_event_stream_message',
): { message: string; at: string; hint: string | undefined } {
  try {
    sampleExpressions.expression(text, phase);
  } catch (error) {
    expect(error).toBeInstanceOf(ExpressionProblem);
    const { message, offset, length, hint } = error as ExpressionProblem;
    return { message, at: text.slice(offset, offset + length), hint };
  }
  throw new Error(`"${text}" is an expression`);
}
