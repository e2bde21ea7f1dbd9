import type { ConnectContext } from './context.ts';
import { type Decision, proceed } from './decision.ts';

const allowed = Object.freeze({ action: 'allow' });
const denied = Object.freeze({ action: 'deny' });

/**
 * The facets of a policy that decides by the connection alone, in every phase alike and on live streams. Its result is `action`: what
 * `judge` said.
 *
 * @param enforce False: nobody is refused; who would be goes to the log.
 */
export function allowOrDeny(enforce: boolean, judge: (context: ConnectContext) => Decision) {
  function decide(context: ConnectContext): Decision {
    const decision = judge(context);
    context.setResult(decision === proceed ? allowed : denied);
    if (enforce || decision.outcome !== 'deny') return decision;
    context.log({ 'not-enforced': decision.reason });
    return proceed;
  }
  return { connect: decide, request: decide, response: decide, recheck: decide };
}
