import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import { usualPorts } from '../domain/address.ts';
import { authorize, missing } from '../domain/authorize.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import type { EndpointHealth } from '../domain/endpoint-health.ts';
import type { Principal } from '../domain/principal.ts';
import type { ApiServer, RouteDeps } from './control-deps.ts';
import { idParams, parseId } from './parse-id.ts';
import { principalOf } from './principal-of.ts';
import { pageOf, readPage } from './read-page.ts';

export function addEndpointRoutes(
  api: ApiServer,
  deps: Pick<RouteDeps, 'listEndpoints' | 'healthOf' | 'clock' | 'scans' | 'publicUrl'>,
): void {
  const listSchema = {
    ...{ operationId: 'listEndpoints', summary: 'List every endpoint that is online' },
    ...{ querystring: contract.listQuery, response: { 200: contract.endpointList } },
  };
  api.get('/endpoints', { schema: listSchema }, async (request) => {
    const source = {
      idKind: 'endpoint' as const,
      uri: `${deps.publicUrl()}/endpoints`,
      filterFields: contract.endpointFilterFields,
      read: pageOf(visibleTo(principalOf(request))),
      show: (endpoint: Endpoint) => showEndpoint(endpoint, deps.publicUrl()),
    };
    const { items, ...links } = await readPage(request.query, source, {
      ...deps,
      accountId: principalOf(request).accountId,
    });
    return { endpoints: items, ...links };
  });

  const oneSchema = {
    ...{ operationId: 'getEndpoint', summary: 'Read an endpoint' },
    ...{ params: idParams, response: { 200: contract.endpoint } },
  };
  api.get('/endpoints/:id', { schema: oneSchema }, async (request) => {
    const id = parseId('endpoint', request.params.id);
    const endpoint = visibleTo(principalOf(request)).find((one) => one.id === id);
    if (!endpoint) throw missing();
    return showEndpoint(endpoint, deps.publicUrl());
  });

  const healthSchema = {
    ...{ operationId: 'getEndpointHealth', summary: 'Tell what a visitor of an endpoint would meet' },
    ...{ params: idParams, response: { 200: contract.endpointHealth } },
  };
  api.get('/endpoints/:id/health', { schema: healthSchema }, async (request) => {
    const endpointId = parseId('endpoint', request.params.id);
    const principal = principalOf(request);
    if (!visibleTo(principal).some(({ id }) => id === endpointId)) throw missing();
    const health = await deps.healthOf({ accountId: principal.accountId, endpointId });
    if (!health) throw missing();
    return showHealth(health);
  });

  function visibleTo(principal: Principal): readonly Endpoint[] {
    authorize(principal, 'endpoint.list', { accountId: principal.accountId, ownerId: null });
    return deps.listEndpoints(principal.accountId);
  }
}

function showEndpoint(endpoint: Endpoint, apiUrl: string): contract.EndpointBody {
  const port = Number(new URL(endpoint.url).port) || (usualPorts[endpoint.scheme] ?? 0);
  const createdAt = new Date(endpoint.createdAtMs).toISOString();
  return {
    id: endpoint.id,
    uri: `${apiUrl}/endpoints/${endpoint.id}`,
    created_at: createdAt,
    updated_at: createdAt,
    type: 'ephemeral',
    url: endpoint.url,
    public_url: endpoint.url,
    scheme: endpoint.scheme,
    proto: endpoint.scheme,
    host: endpoint.host,
    port,
    hostport: `${endpoint.host}:${port}`,
    upstream_url: endpoint.forwardsTo,
    metadata: endpoint.metadata,
    description: endpoint.description,
    name: endpoint.name,
    region: '',
    bindings: [endpoint.binding],
    pooling_enabled: endpoint.isPooled,
    tunnel_session: endpoint.agentSessionId && {
      id: endpoint.agentSessionId,
      uri: `${apiUrl}/tunnel_sessions/${endpoint.agentSessionId}`,
    },
  };
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
