import type { Foundation } from './open-foundation.ts';
import type { Rooms } from './open-rooms.ts';

export type CutRevokedDeps = Pick<Foundation, 'store'> & Pick<Rooms, 'agents' | 'grants'>;

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
