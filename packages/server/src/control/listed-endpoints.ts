import { authorize } from '../domain/authorize.ts';
import { type Endpoint, labelsOf } from '../domain/endpoint.ts';
import type { Principal } from '../domain/principal.ts';
import type { RouteDeps } from './control-deps.ts';

/**
 * Endpoints of the principal's account that are no documents of their own, newest first: those that agents have online, and the
 * addresses of edges. Labelled tunnels have no address, and are no endpoints to anybody.
 */
export function listedEndpoints(
  principal: Principal,
  { listEndpoints }: Pick<RouteDeps, 'listEndpoints'>,
): readonly Endpoint[] {
  authorize(principal, 'endpoint.list', { accountId: principal.accountId, ownerId: null });
  return listEndpoints(principal.accountId).filter(
    ({ agentSessionId, part }) => (agentSessionId !== null && labelsOf(part) === null) || part?.kind === 'edge',
  );
}
