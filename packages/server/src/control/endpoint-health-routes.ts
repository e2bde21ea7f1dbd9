import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import { missing } from '../domain/authorize.ts';
import type { Document } from '../domain/document.ts';
import type { EndpointHealth } from '../domain/endpoint-health.ts';
import type { ApiServer, RouteDeps } from './control-deps.ts';
import { listedEndpoints } from './listed-endpoints.ts';
import { idParams, parseId } from './parse-id.ts';
import { principalOf } from './principal-of.ts';

type HealthDeps = Pick<RouteDeps, 'listEndpoints' | 'healthOf' | 'whyOffline' | 'store' | 'clock'>;

export function addEndpointHealthRoutes(api: ApiServer, deps: HealthDeps): void {
  const schema = {
    ...{ operationId: 'getEndpointHealth', summary: 'Tell what a visitor of an endpoint would meet' },
    ...{ params: idParams, response: { 200: contract.endpointHealth } },
  };
  api.get('/endpoints/:id/health', { schema }, async (request) => {
    const id = parseId('endpoint', request.params.id);
    const principal = principalOf(request);
    const { accountId } = principal;
    const found = listedEndpoints(principal, deps).find((one) => one.id === id);
    if (!found?.agentSessionId) {
      if (!found && !(await deps.store.findDocument({ accountId, kind: 'endpoint', id }))) throw missing();
      return showHealth(cloudHealth({ accountId, id }, deps));
    }
    const health = await deps.healthOf({ accountId, endpointId: id });
    if (!health) throw missing();
    return showHealth(health);
  });
}

/** There is nothing behind one that the server keeps that could be ill, or it is asked when visitors come. */
function cloudHealth(key: Pick<Document, 'accountId' | 'id'>, { whyOffline, clock }: HealthDeps): EndpointHealth {
  const state = whyOffline(key) ? 'link_down' : 'healthy';
  const unknown = { linkMs: null, upstream: 'unknown', upstreamMs: null, lastFailure: null } as const;
  return { state, checkedAtMs: clock.timeOfDay(), ...unknown };
}

function showHealth(health: EndpointHealth): contract.EndpointHealthBody {
  const { state, checkedAtMs, linkMs, upstream, upstreamMs, lastFailure } = health;
  return {
    state,
    checked_at: new Date(checkedAtMs).toISOString(),
    link_ms: linkMs,
    upstream,
    upstream_ms: upstreamMs,
    last_failure: lastFailure && {
      error_code: new AditError(lastFailure.code).wireCode,
      at: new Date(lastFailure.atMs).toISOString(),
    },
  };
}
