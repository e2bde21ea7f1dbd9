import type { DecisionTrace } from '../../../domain/decision-trace.ts';
import type { EndpointVisit } from '../visitor-connection.ts';
import type { ForwarderDeps } from './forwarder-deps.ts';
import type { Ending } from './policy-decision.ts';
import type { PolicyPassage } from './policy-passage.ts';

export interface RefusedRequest extends Pick<DecisionTrace, 'requestId' | 'method' | 'path'> {
  /** To the endpoint that was asked for. */
  readonly visit: EndpointVisit;
  readonly passage: PolicyPassage | null;
}

/** For the metrics, and for the owner, who is asked why. */
export function noteRefusal({ outcome, reason }: Ending, refused: RefusedRequest, deps: ForwarderDeps): void {
  const { visit, passage, requestId, method, path } = refused;
  const { id: endpointId, accountId, url } = visit.route.endpoint;
  deps.metrics.denied(reason);
  deps.traces.record({
    ...{ requestId, accountId, endpointId, url, outcome, reason, method },
    ...{ atMs: deps.clock.timeOfDay(), clientIp: visit.facts.clientIp },
    path: path.split('?', 1)[0] ?? '',
    rules: [...visit.chain.trace(), ...(passage?.trace() ?? [])],
  });
}
