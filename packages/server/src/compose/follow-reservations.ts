import type { AddressBody } from '../control/resources/reserved-addresses.ts';
import { type DomainBody, isProved } from '../control/resources/reserved-domains.ts';
import type { Reservation, Reservations } from '../directory/reservations.ts';
import type { Clock } from '../domain/clock.ts';
import type { Document, DocumentKey } from '../domain/document.ts';
import type { Log } from '../domain/log.ts';
import type { Bus } from '../domain/notices.ts';
import type { Store } from '../domain/store.ts';
import { nextTurn } from '../domain/wait.ts';
import { LookUps } from './look-ups.ts';

const kinds = ['reservedDomain', 'reservedAddress'] as const;
const pageSize = 1000;

interface FollowDeps {
  readonly store: Pick<Store, 'findDocument' | 'listDocumentsOfAll'>;
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keeps the directory's reservations as the store has them. Resolves when all are known; from then on each change is looked
 * up when its notice comes, and again until the store answers. Answers how to stop.
 */
export async function followReservations(reservations: Reservations, deps: FollowDeps): Promise<() => void> {
  const { store, bus } = deps;
  const lookUps = new LookUps(deps);
  const look = async (key: DocumentKey): Promise<void> => {
    const document = await store.findDocument(key);
    const reservation = document && reservationOf(document);
    if (reservation) reservations.set(reservation);
    else reservations.delete(key.id);
  };
  const stop = bus.subscribe((notice) => {
    if (notice.type === 'missed') lookUps.ask('all', () => readAll(reservations, store));
    if (notice.type === 'document-changed' && kinds.some((kind) => kind === notice.kind)) {
      lookUps.ask(notice.id, () => look(notice));
    }
  });
  await readAll(reservations, store);
  lookUps.begin();
  return () => {
    lookUps.stop();
    stop();
  };
}

async function readAll(reservations: Reservations, store: FollowDeps['store']): Promise<void> {
  const found: Reservation[] = [];
  for (const kind of kinds) {
    for (let afterId = '', isLast = false; !isLast; ) {
      const documents = await store.listDocumentsOfAll({ kind, limit: pageSize, afterId });
      found.push(...documents.map(reservationOf).filter((one) => one !== undefined));
      afterId = documents.at(-1)?.id ?? '';
      isLast = documents.length < pageSize;
      // The embedded store answers at once: ten thousand names would hold everybody up for as long as they take.
      if (!isLast) await nextTurn();
    }
  }
  reservations.replaceAll(found);
}

/** Undefined: it keeps nobody from anything yet. */
function reservationOf({ id, accountId, kind, body }: Document): Reservation | undefined {
  if (kind === 'reservedAddress') return { id, accountId, port: (body as AddressBody).port };
  const domain = body as DomainBody;
  if (!isProved(domain)) return undefined;
  return { id, accountId, host: domain.host, certificateId: domain.certificateId ?? undefined, ...keyTypeOf(domain) };
}

function keyTypeOf({ management }: DomainBody): { keyType?: 'ecdsa' | 'rsa' } {
  return management ? { keyType: management.privateKeyType } : {};
}
