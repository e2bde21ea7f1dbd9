import * as contract from '@adit/contracts/api';
import type { AgentSessionView } from '../domain/agent-session-view.ts';
import { authorize, missing } from '../domain/authorize.ts';
import type { Principal } from '../domain/principal.ts';
import { commandAgent } from './command-agent.ts';
import type { ApiServer, RouteDeps } from './control-deps.ts';
import { noContent } from './operation-docs.ts';
import { idParams, parseId } from './parse-id.ts';
import { principalOf } from './principal-of.ts';
import { pageOf, readPage } from './read-page.ts';
import { checkSameId } from './same-id.ts';

const commandDocs = {
  restart: { operationId: 'restartTunnelSession', summary: 'Have an agent read its configuration again' },
  stop: { operationId: 'stopTunnelSession', summary: 'End an agent' },
  update: { operationId: 'updateTunnelSession', summary: 'Ask an agent to update itself, which agents of Adit refuse' },
};

/** Agent sessions under the name that ngrok's API gives them. */
export function addTunnelSessionRoutes(
  api: ApiServer,
  deps: Pick<RouteDeps, 'store' | 'listAgentSessions' | 'commandAgent' | 'clock' | 'scans' | 'publicUrl'>,
): void {
  const listSchema = {
    ...{ operationId: 'listTunnelSessions', summary: 'List every agent that is connected' },
    ...{ querystring: contract.listQuery, response: { 200: contract.tunnelSessionList } },
  };
  api.get('/tunnel_sessions', { schema: listSchema }, async (request) => {
    const sessions = visibleTo(principalOf(request)).sort((a, b) => (a.id < b.id ? 1 : -1));
    const source = {
      idKind: 'agentSession' as const,
      uri: `${deps.publicUrl()}/tunnel_sessions`,
      filterFields: contract.tunnelSessionFilterFields,
      read: pageOf(sessions),
      show: (session: AgentSessionView) => showSession(session, deps.publicUrl()),
    };
    const { items, ...links } = await readPage(request.query, source, {
      ...deps,
      accountId: principalOf(request).accountId,
    });
    return { tunnel_sessions: items, ...links };
  });

  const oneSchema = {
    ...{ operationId: 'getTunnelSession', summary: 'Read the session of an agent' },
    ...{ params: idParams, response: { 200: contract.tunnelSession } },
  };
  api.get('/tunnel_sessions/:id', { schema: oneSchema }, async (request) => {
    return showSession(find(principalOf(request), request.params.id), deps.publicUrl());
  });

  for (const type of ['restart', 'stop', 'update'] as const) {
    const schema = {
      ...commandDocs[type],
      ...{ params: idParams, body: contract.agentCommandBody.nullable(), response: { 204: noContent } },
    };
    api.post(`/tunnel_sessions/:id/${type}`, { schema }, async (request, reply) => {
      const { id } = request.params;
      checkSameId(request.body?.id, id);
      const principal = principalOf(request);
      await commandAgent(deps, principal, { session: find(principal, id), command: { type } });
      return reply.code(204).send();
    });
  }

  function find(principal: Principal, text: string): AgentSessionView {
    const id = parseId('agentSession', text);
    const session = deps.listAgentSessions(principal.accountId).find((one) => one.id === id);
    if (!session) throw missing();
    authorize(principal, 'session.list', session);
    return session;
  }

  function visibleTo(principal: Principal): AgentSessionView[] {
    const { accountId, userId } = principal;
    const reach = authorize(principal, 'session.list', { accountId, ownerId: null });
    return deps.listAgentSessions(accountId).filter(({ ownerId }) => reach === 'account' || ownerId === userId);
  }
}

function showSession(session: AgentSessionView, apiUrl: string): contract.TunnelSessionBody {
  const { id, credentialId } = session;
  return {
    id,
    uri: `${apiUrl}/tunnel_sessions/${id}`,
    started_at: new Date(session.openedAtMs).toISOString(),
    agent_version: session.agentVersion,
    os: session.operatingSystem,
    ip: session.remoteAddress,
    transport: session.transport,
    metadata: session.metadata,
    region: '',
    credential: { id: credentialId, uri: `${apiUrl}/credentials/${credentialId}` },
  };
}
