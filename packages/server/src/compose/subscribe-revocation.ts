import type { Grants } from '../domain/grants.ts';
import type { Log } from '../domain/log.ts';
import type { Bus } from '../domain/notices.ts';
import type { AgentSessions } from '../links/agent/agent-sessions.ts';

/**
 * Revoked means now: a revoked credential loses its agent sessions, and every stream that rests on it is cut. One that may open
 * less has its agents bind again.
 */
export function subscribeRevocation(
  bus: Bus,
  { agents, grants, log }: { agents: AgentSessions; grants: Grants; log: Log },
): () => void {
  return bus.subscribe((notice) => {
    if (notice.type === 'document-changed') return;
    const { type, accountId, credentialId } = notice;
    const isRevoked = type === 'credential-revoked';
    const sessions = isRevoked ? agents.closeByCredential(credentialId) : agents.renewByCredential(credentialId);
    const streams = isRevoked ? grants.cutByCredential(accountId, credentialId) : 0;
    log.info({ accountId, credentialId, sessions, streams }, isRevoked ? 'Credential revoked' : 'Credential changed');
  });
}
