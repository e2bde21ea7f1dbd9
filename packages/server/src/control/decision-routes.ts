import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import { authorize, missing } from '../domain/authorize.ts';
import type { DecisionTrace, TracedRule } from '../domain/decision-trace.ts';
import { formatIpAddress, mappedIpv4, parseIpAddress } from '../domain/ip-address.ts';
import type { ApiServer, AskedExplanation, RouteDeps } from './control-deps.ts';
import { idParams } from './parse-id.ts';
import { principalOf } from './principal-of.ts';
import { showExplanation } from './show-explanation.ts';

type DecisionDeps = Pick<RouteDeps, 'traces' | 'publicUrl' | 'explain'>;

/** What was decided about a visitor, by the request id that he was shown, and what would be about one who has not come. */
export function addDecisionRoutes(api: ApiServer, deps: DecisionDeps): void {
  const traceSchema = {
    ...{ operationId: 'getDecisionTrace', summary: 'Tell why a request was refused, by its request id' },
    ...{ params: idParams, response: { 200: contract.decisionTrace } },
  };
  api.get('/decision_traces/:id', { schema: traceSchema }, async (request) => {
    const { accountId } = principalOf(request);
    authorize(principalOf(request), 'endpoint.list', { accountId, ownerId: null });
    const trace = deps.traces.find(accountId, request.params.id);
    if (!trace) throw missing();
    return show(trace, deps.publicUrl());
  });

  const schema = {
    ...{ operationId: 'explainPolicy', summary: 'Tell what rules would do with a visitor, one by one' },
    ...{ body: contract.policyQuestion, response: { 200: contract.policyExplanation } },
  };
  api.post('/policy_explanations', { schema }, async (request) => {
    const { accountId } = principalOf(request);
    authorize(principalOf(request), 'policy.explain', { accountId, ownerId: null });
    return showExplanation(await deps.explain({ accountId, ...askedOf(request.body) }));
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

function askedOf(question: contract.PolicyQuestionBody): Omit<AskedExplanation, 'accountId'> {
  const { url, policy, method, path, headers, body, client_ip: clientIp } = question;
  const request = {
    ...{ method: method ?? 'GET', path: path ?? '/', headers: (headers ?? []).flatMap(lineOf) },
    body: typeof body === 'string' ? Buffer.from(body, 'base64') : null,
  };
  const visitor = { clientIp: checkedAddress(clientIp ?? '203.0.113.7'), request };
  return { url, ...(typeof policy === 'string' && { policy }), visitor };
}

/** Name and value; what no request may have in them the parser of requests finds. */
function lineOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

/** @throws {AditError} 215: it is none. */
function checkedAddress(text: string): string {
  const address = parseIpAddress(text);
  if (!address) throw new AditError(215, 'Cannot read the body: "client_ip" is no address');
  return formatIpAddress(mappedIpv4(address) ?? address);
}
