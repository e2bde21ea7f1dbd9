import { authorize } from '../domain/authorize.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import type { Principal } from '../domain/principal.ts';
import type { RouteDeps } from './control-deps.ts';

/** Those that agents of the principal's account have online, newest first. What is kept is read from the store. */
export function endpointsOfAgents(
  principal: Principal,
  { listEndpoints }: Pick<RouteDeps, 'listEndpoints'>,
): readonly Endpoint[] {
  authorize(principal, 'endpoint.list', { accountId: principal.accountId, ownerId: null });
  return listEndpoints(principal.accountId).filter(({ agentSessionId }) => agentSessionId !== null);
}
