import * as contract from '@adit/contracts/api';
import { authorize, missing } from '../domain/authorize.ts';
import type { DecisionTrace, TracedRule } from '../domain/decision-trace.ts';
import type { ApiServer, RouteDeps } from './control-deps.ts';
import { idParams } from './parse-id.ts';
import { principalOf } from './principal-of.ts';

/** Why a visitor was refused, by the request id that he was shown. */
export function addDecisionRoutes(api: ApiServer, deps: Pick<RouteDeps, 'traces' | 'publicUrl'>): void {
  const schema = {
    ...{ operationId: 'getDecisionTrace', summary: 'Tell why a request was refused, by its request id' },
    ...{ params: idParams, response: { 200: contract.decisionTrace } },
  };
  api.get('/decision_traces/:id', { schema }, async (request) => {
    const { accountId } = principalOf(request);
    authorize(principalOf(request), 'endpoint.list', { accountId, ownerId: null });
    const trace = deps.traces.find(accountId, request.params.id);
    if (!trace) throw missing();
    return show(trace, deps.publicUrl());
  });
}

function show({ rules, ...trace }: DecisionTrace, apiUrl: string): contract.DecisionTraceBody {
  const { requestId, endpointId, url, atMs, clientIp, method, path, outcome, reason } = trace;
  return {
    ...{ request_id: requestId, uri: `${apiUrl}/decision_traces/${requestId}` },
    ...{ endpoint_id: endpointId, endpoint_url: url, at: new Date(atMs).toISOString(), client_ip: clientIp },
    ...{ method, path, outcome, reason, rules: rules.map(showRule) },
  };
}

function showRule({ failedCondition, answers, ...place }: TracedRule): contract.DecisionTraceBody['rules'][number] {
  const actions = answers.map(({ action, ...answer }) => ({ type: action, ...answer }));
  return { ...place, failed_condition: failedCondition, actions };
}
