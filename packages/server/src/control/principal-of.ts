import type { FastifyRequest } from 'fastify';
import type { Principal } from '../domain/principal.ts';

// Beside the request, not on it: nothing a caller sends can ever be taken for it.
const principals = new WeakMap<FastifyRequest, Principal>();

export function setPrincipal(request: FastifyRequest, principal: Principal): void {
  principals.set(request, principal);
}

/** Who calls, as authentication proved it. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (!principal) throw new TypeError('Cannot tell who calls: the operation is outside authentication');
  return principal;
}
