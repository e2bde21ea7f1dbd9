import { AditError } from '@adit/contracts';
import type { ConnectContext, PolicyHost, ResultShape } from '@adit/policy-kit';
import type { ShownError } from './call-failure.ts';
import type { ShownAnswer, ShownCall } from './call-results.ts';
import { answerShape, callShape } from './call-results.ts';

/** What the condition sees. */
export interface AttemptValues {
  readonly attempts: number;
  readonly last_attempt: { readonly req: ShownCall; readonly res: ShownAnswer; readonly error: ShownError };
}

/** Whether to call again. @throws When that cannot be said: the chain refuses. */
export type Retry = (context: ConnectContext, values: AttemptValues) => boolean;

const variables: ResultShape = {
  attempts: 'int',
  last_attempt: { req: callShape, res: answerShape, error: { code: 'string', message: 'string' } },
};

/** @throws {AditError} 2200: it is no condition. */
export function retryOf(text: string | undefined, host: PolicyHost): Retry {
  if (text === undefined) return () => false;
  const condition = host.expression(text, variables);
  if (condition.type !== 'bool' && !condition.type.startsWith('dyn')) {
    throw new AditError(2200, `Cannot use "${text}" as a condition: it is not true or false, but ${condition.type}`);
  }
  return (context, values) => {
    const holds = condition.evaluate(context, { ...values });
    if (typeof holds !== 'boolean') throw new TypeError('Cannot tell whether to call again: it is not true or false');
    return holds;
  };
}
