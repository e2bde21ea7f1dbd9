import { authorize } from '../domain/authorize.ts';
import { type Endpoint, labelsOf } from '../domain/endpoint.ts';
import type { Principal } from '../domain/principal.ts';
import type { RouteDeps } from './control-deps.ts';

/**
 * Those that agents of the principal's account have online, newest first. What is kept is read from the store; labelled tunnels
 * have no address, and are no endpoints to anybody.
 */
export function endpointsOfAgents(
  principal: Principal,
  { listEndpoints }: Pick<RouteDeps, 'listEndpoints'>,
): readonly Endpoint[] {
  authorize(principal, 'endpoint.list', { accountId: principal.accountId, ownerId: null });
  return listEndpoints(principal.accountId).filter((one) => one.agentSessionId !== null && labelsOf(one.part) === null);
}
