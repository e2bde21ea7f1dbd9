import type { Foundation } from '../open-foundation.ts';
import type { Rooms } from '../open-rooms.ts';

export const revocationCheckMs = 1_000;

/**
 * Has credentials that were revoked by another server on the same store lose their sessions and streams here: its notices
 * do not reach this one. The answer stops it.
 */
export function watchRevocations({
  store,
  clock,
  agents,
  grants,
}: Pick<Foundation, 'store' | 'clock'> & Pick<Rooms, 'agents' | 'grants'>): () => void {
  let cancel = (): void => {};
  let isStopped = false;
  const check = async (): Promise<void> => {
    for (const { accountId, credentialId } of agents.credentials()) {
      const found = await store.findCredential({ accountId, kind: 'authtoken', id: credentialId });
      if (found || isStopped) continue;
      agents.closeByCredential(credentialId);
      grants.cutByCredential(accountId, credentialId);
    }
  };
  const next = (): void => {
    // A store that cannot be read is asked again; for this short time nobody is cut for it.
    if (!isStopped)
      cancel = clock.after(
        revocationCheckMs,
        () =>
          void check()
            .catch(() => {})
            .finally(next),
      );
  };
  next();
  return () => {
    isStopped = true;
    cancel();
  };
}
