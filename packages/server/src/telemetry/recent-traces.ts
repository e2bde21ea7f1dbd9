import type { Id } from '@adit/contracts';
import type { DecisionTrace, DecisionTraces } from '../domain/decision-trace.ts';
import { RecentMap } from '../domain/recent.ts';
import { traceLimits } from './trace-limits.ts';

/** In memory of this server: refusals are looked up when somebody complains, which is soon. */
export class RecentTraces implements DecisionTraces {
  readonly #traces = new RecentMap<string, DecisionTrace>(traceLimits.maxTraces);

  record(trace: DecisionTrace): void {
    this.#traces.set(keyOf(trace.accountId, trace.requestId), trace);
  }

  find(accountId: Id<'account'>, requestId: string): DecisionTrace | undefined {
    return this.#traces.get(keyOf(accountId, requestId));
  }
}

function keyOf(accountId: Id<'account'>, requestId: string): string {
  return `${accountId} ${requestId}`;
}
