import type { KnownCertificates } from '../acme/known-certificates.ts';
import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type { Bus } from '../domain/notices.ts';
import type { Store } from '../domain/store.ts';
import { LookUps } from './look-ups.ts';

interface FollowDeps {
  readonly store: Pick<Store, 'listManagedCertificates' | 'findManagedCertificate'>;
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keeps what is known of managed certificates as the store has it, also what other servers got. Resolves when all are known;
 * answers how to stop.
 */
export async function followCertificates(known: KnownCertificates, deps: FollowDeps): Promise<() => void> {
  const { store, bus } = deps;
  const lookUps = new LookUps(deps);
  const readAll = async (): Promise<void> => known.replaceAll(await store.listManagedCertificates());
  const stop = bus.subscribe((notice) => {
    if (notice.type === 'missed') lookUps.ask('all', readAll);
    if (notice.type !== 'certificate-changed') return;
    const { name } = notice;
    lookUps.ask(name, async () => known.set(name, await store.findManagedCertificate(name)));
  });
  await readAll();
  lookUps.begin();
  return () => {
    lookUps.stop();
    stop();
  };
}
