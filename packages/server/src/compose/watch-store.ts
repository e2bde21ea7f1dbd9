import type { Bus } from '../domain/notices.ts';
import type { Foundation } from './open-foundation.ts';

/**
 * Has this server notice what was changed in its store without a notice: by a command of the operator, by the other server during
 * a hand-over, or by a server that was killed before it could tell. All notices have been missed then. The answer stops it.
 */
export function watchStore(
  { hasStoreChanged, storeCheckMs, clock, log }: Pick<Foundation, 'hasStoreChanged' | 'storeCheckMs' | 'clock' | 'log'>,
  bus: Pick<Bus, 'publish'>,
): () => void {
  let isStopped = false;
  let cancel = (): void => {};
  const check = async (): Promise<void> => {
    try {
      if ((await hasStoreChanged()) && !isStopped) bus.publish({ type: 'missed' });
    } catch (error) {
      // Asked again; for this short time nobody is cut for it.
      log.debug({ err: error }, 'Cannot see whether the store has changed');
    }
    if (!isStopped) next();
  };
  const next = (): void => {
    cancel = clock.after(storeCheckMs, () => void check());
  };
  next();
  return () => {
    isStopped = true;
    cancel();
  };
}
