import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import { missing } from '../domain/authorize.ts';
import type { Document } from '../domain/document.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import type { ApiServer, RouteDeps } from './control-deps.ts';
import { etagOf } from './etag.ts';
import { listedEndpoints } from './listed-endpoints.ts';
import { parseId } from './parse-id.ts';
import { principalOf } from './principal-of.ts';
import { type PageSource, pageOf, readPage } from './read-page.ts';
import { cloudEndpoints, showAddress } from './resources/cloud-endpoints.ts';
import { anyResource } from './resources/resource.ts';
import { addChanges, addCreation, type ResourceDeps, showDocument } from './resources/resource-routes.ts';
import { resourceSchemas } from './resources/resource-schemas.ts';

type EndpointDeps = ResourceDeps & Pick<RouteDeps, 'listEndpoints'>;

/** One that an agent has online or that belongs to an edge, or one that is kept. */
type Listed = Endpoint | Document;

/** Endpoints of agents and edges, which are only read here, and cloud endpoints, which are kept as documents. */
export function addEndpointRoutes(api: ApiServer, deps: EndpointDeps): void {
  const resource = anyResource(cloudEndpoints);
  const { get, list } = resourceSchemas(contract.endpoints);
  const show = (item: Listed): Record<string, unknown> =>
    'kind' in item ? showDocument(item, resource, deps) : showEndpoint(item, deps.publicUrl());

  addCreation(api, deps, resource);

  const summary = 'List every endpoint: those that agents have online, those of edges, and cloud endpoints';
  api.get('/endpoints', { schema: { ...list, summary } }, async (request) => {
    const online = pageOf(listedEndpoints(principalOf(request), deps));
    const { accountId } = principalOf(request);
    const source: PageSource<Listed> = {
      idKind: 'endpoint',
      uri: `${deps.publicUrl()}/endpoints`,
      filterFields: contract.endpoints.filterFields,
      async read(from) {
        const kept = await deps.store.listDocuments({ accountId, kind: 'endpoint', ...from });
        const all: Listed[] = [...kept, ...(await online(from))];
        return all.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, from.limit);
      },
      show,
    };
    const { items, ...links } = await readPage(request.query, source, { ...deps, accountId });
    return { endpoints: items, ...links };
  });

  api.get('/endpoints/:id', { schema: get }, async (request, reply) => {
    const principal = principalOf(request);
    const id = parseId('endpoint', request.params.id);
    const endpoint = listedEndpoints(principal, deps).find((one) => one.id === id);
    if (endpoint) return await reply.send(show(endpoint));
    const document = await deps.store.findDocument({ accountId: principal.accountId, kind: 'endpoint', id });
    if (!document) throw missing();
    return await reply.header('etag', etagOf(document)).send(show(document));
  });

  addChanges(api, deps, {
    resource,
    refuse(principal, id) {
      const found = listedEndpoints(principal, deps).find((one) => one.id === id);
      if (!found) return;
      const owner = found.part ? 'an edge' : 'an agent';
      throw new AditError(9117, `Cannot change or delete the endpoint: it belongs to ${owner}`);
    },
  });
}

function showEndpoint(endpoint: Endpoint, apiUrl: string): contract.EndpointBody {
  const createdAt = new Date(endpoint.createdAtMs).toISOString();
  return {
    id: endpoint.id,
    uri: `${apiUrl}/endpoints/${endpoint.id}`,
    created_at: createdAt,
    updated_at: createdAt,
    type: endpoint.part ? 'edge' : 'ephemeral',
    ...showAddress(endpoint, endpoint.url),
    upstream_url: endpoint.forwardsTo,
    metadata: endpoint.metadata,
    description: endpoint.description,
    name: endpoint.name,
    region: '',
    traffic_policy: '',
    pooling_enabled: endpoint.isPooled,
    tunnel_session: endpoint.agentSessionId && {
      id: endpoint.agentSessionId,
      uri: `${apiUrl}/tunnel_sessions/${endpoint.agentSessionId}`,
    },
    edge: edgeOf(endpoint, apiUrl),
    offline: null,
  };
}

function edgeOf({ part, scheme }: Endpoint, apiUrl: string): contract.EndpointBody['edge'] {
  return part?.kind === 'edge' ? { id: part.ownerId, uri: `${apiUrl}/edges/${scheme}/${part.ownerId}` } : null;
}
