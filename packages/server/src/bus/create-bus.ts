// Notices between the control side and whoever holds live state, inside one process. What a notice means is decided by
// its receivers; what may be said is in domain/notices.ts. The bus between servers is in postgres/.
import type { Log } from '../domain/log.ts';
import type { Bus, Notice } from '../domain/notices.ts';

/** Delivers at once, in the order of subscription, before `publish` returns: so "revoked" holds when the caller is told. */
export function createBus(log: Pick<Log, 'error'>): Bus {
  const receivers = new Set<{ receive: (notice: Notice) => void }>();
  return {
    publish(notice) {
      // A copy, so that who subscribes during delivery does not hear of what came before.
      for (const { receive } of [...receivers]) {
        try {
          receive(notice);
        } catch (error) {
          log.error({ err: error, notice: notice.type }, 'a receiver of a notice failed');
        }
      }
    },
    subscribe(receive) {
      // Wrapped, so that the same function may subscribe twice and each unsubscribe ends only its own.
      const receiver = { receive };
      receivers.add(receiver);
      return () => void receivers.delete(receiver);
    },
  };
}
