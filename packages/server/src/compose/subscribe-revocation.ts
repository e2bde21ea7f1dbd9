import type { Grants } from '../domain/grants.ts';
import type { Log } from '../domain/log.ts';
import type { Bus } from '../domain/notices.ts';
import type { AgentSessions } from '../links/agent/agent-sessions.ts';

/** Revoked means now: a revoked credential loses its agent sessions, and every stream that rests on it is cut. */
export function subscribeRevocation(
  bus: Bus,
  { agents, grants, log }: { agents: AgentSessions; grants: Grants; log: Log },
): () => void {
  return bus.subscribe((notice) => {
    if (notice.type !== 'credential-revoked') return;
    const { accountId, credentialId } = notice;
    const sessions = agents.closeByCredential(credentialId);
    const streams = grants.cutByCredential(accountId, credentialId);
    log.info({ accountId, credentialId, sessions, streams }, 'Credential revoked');
  });
}
