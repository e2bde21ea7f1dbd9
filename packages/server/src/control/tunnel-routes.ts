import type { Id } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import { authorize, missing } from '../domain/authorize.ts';
import { type Endpoint, labelsOf } from '../domain/endpoint.ts';
import type { Principal } from '../domain/principal.ts';
import type { ApiServer, RouteDeps } from './control-deps.ts';
import { tunnelId } from './labelled-tunnels.ts';
import { idParams, parseId } from './parse-id.ts';
import { principalOf } from './principal-of.ts';
import { pageOf, readPage } from './read-page.ts';

const schemas = {
  list: {
    ...{ operationId: 'listTunnels', summary: 'List every endpoint and labelled tunnel that agents serve' },
    ...{ querystring: contract.listQuery, response: { 200: contract.tunnelList } },
  },
  get: {
    ...{ operationId: 'getTunnel', summary: 'Read an endpoint or labelled tunnel that an agent serves' },
    ...{ params: idParams, response: { 200: contract.tunnel } },
  },
} as const;

/** Endpoints of agents as ngrok's API showed them before it had endpoints, and labelled tunnels, which are none. */
export function addTunnelRoutes(
  api: ApiServer,
  deps: Pick<RouteDeps, 'listEndpoints' | 'clock' | 'scans' | 'publicUrl'>,
): void {
  api.get('/tunnels', { schema: schemas.list }, async (request) => {
    const source = {
      idKind: 'tunnel' as const,
      uri: `${deps.publicUrl()}/tunnels`,
      filterFields: {},
      read: pageOf(visibleTo(principalOf(request))),
      show: (tunnel: Tunnel) => showTunnel(tunnel, deps.publicUrl()),
    };
    const { items, ...links } = await readPage(request.query, source, {
      ...deps,
      accountId: principalOf(request).accountId,
    });
    return { tunnels: items, ...links };
  });

  api.get('/tunnels/:id', { schema: schemas.get }, async (request) => {
    const id = parseId('tunnel', request.params.id);
    const tunnel = visibleTo(principalOf(request)).find((one) => one.id === id);
    if (!tunnel) throw missing();
    return showTunnel(tunnel, deps.publicUrl());
  });

  function visibleTo(principal: Principal): Tunnel[] {
    authorize(principal, 'endpoint.list', { accountId: principal.accountId, ownerId: null });
    const ofAgents = deps.listEndpoints(principal.accountId).filter(({ agentSessionId }) => agentSessionId !== null);
    return ofAgents.map((endpoint) => ({ id: tunnelId(endpoint), endpoint }));
  }
}

interface Tunnel {
  readonly id: Id<'tunnel'>;
  readonly endpoint: Endpoint;
}

function showTunnel({ id, endpoint }: Tunnel, apiUrl: string): contract.TunnelBody {
  const { agentSessionId } = endpoint;
  const labels = labelsOf(endpoint.part);
  return {
    ...(labels ? { public_url: '', proto: '' } : { public_url: endpoint.url, proto: endpoint.scheme }),
    ...{ id, region: '', labels: labels ?? {}, backends: [] },
    started_at: new Date(endpoint.createdAtMs).toISOString(),
    metadata: endpoint.metadata,
    forwards_to: endpoint.forwardsTo,
    endpoint: labels ? null : { id: endpoint.id, uri: `${apiUrl}/endpoints/${endpoint.id}` },
    tunnel_session: agentSessionId && { id: agentSessionId, uri: `${apiUrl}/tunnel_sessions/${agentSessionId}` },
  };
}
