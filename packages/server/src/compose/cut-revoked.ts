import type { Grants } from '../domain/grants.ts';
import type { Store } from '../domain/store.ts';
import type { AgentSessions } from '../links/agent/agent-sessions.ts';

export interface CutRevokedDeps {
  readonly store: Pick<Store, 'findCredential'>;
  readonly agents: Pick<AgentSessions, 'credentials' | 'closeByCredential'>;
  readonly grants: Pick<Grants, 'cutByCredential'>;
}

/**
 * Looks up every credential that live sessions rest on: those that are gone lose their sessions and streams here. For when
 * a notice may not have come. Rejects when the store cannot be read; then nobody more is cut.
 *
 * @param isStopped Asked after each look-up: cut nobody any more.
 */
export async function cutRevoked(
  { store, agents, grants }: CutRevokedDeps,
  isStopped: () => boolean = () => false,
): Promise<void> {
  for (const { accountId, credentialId } of agents.credentials()) {
    const found = await store.findCredential({ accountId, kind: 'authtoken', id: credentialId });
    if (found || isStopped()) continue;
    agents.closeByCredential(credentialId);
    grants.cutByCredential(accountId, credentialId);
  }
}
