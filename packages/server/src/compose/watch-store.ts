import type { Bus } from '../domain/notices.ts';
import type { Foundation } from './open-foundation.ts';

/** How often the store is asked whether another process has changed anything. */
export const storeCheckMs = 250;

/**
 * Has this server notice what another process changed in its store: a command of the operator, or the other server during a
 * hand-over. No notice came of it, so all have been missed. The answer stops it.
 */
export function watchStore(
  { hasStoreChanged, clock, log }: Pick<Foundation, 'hasStoreChanged' | 'clock' | 'log'>,
  bus: Pick<Bus, 'publish'>,
): () => void {
  let cancel = (): void => {};
  const next = (): void => {
    cancel = clock.after(storeCheckMs, () => {
      try {
        if (hasStoreChanged()) bus.publish({ type: 'missed' });
      } catch (error) {
        // Asked again; for this short time nobody is cut for it.
        log.debug({ err: error }, 'Cannot see whether the store has changed');
      }
      next();
    });
  };
  next();
  return () => cancel();
}
