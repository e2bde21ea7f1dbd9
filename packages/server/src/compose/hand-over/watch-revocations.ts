import { type CutRevokedDeps, cutRevoked } from '../cut-revoked.ts';
import type { Foundation } from '../open-foundation.ts';

export const revocationCheckMs = 1_000;

/**
 * Has credentials that were revoked by another server on the same store lose their sessions and streams here: on SQLite its
 * notices do not reach this one. The answer stops it.
 */
export function watchRevocations({ clock, ...deps }: CutRevokedDeps & Pick<Foundation, 'clock'>): () => void {
  let cancel = (): void => {};
  let isStopped = false;
  const next = (): void => {
    // A store that cannot be read is asked again; for this short time nobody is cut for it.
    if (!isStopped)
      cancel = clock.after(
        revocationCheckMs,
        () =>
          void cutRevoked(deps, () => isStopped)
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
