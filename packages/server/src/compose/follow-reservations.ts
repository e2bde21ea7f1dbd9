import type { AddressBody } from '../control/resources/reserved-addresses.ts';
import { type DomainBody, isProved } from '../control/resources/reserved-domains.ts';
import type { Reservation, Reservations } from '../directory/reservations.ts';
import type { Clock } from '../domain/clock.ts';
import type { Document, DocumentKey } from '../domain/document.ts';
import type { Log } from '../domain/log.ts';
import type { Bus } from '../domain/notices.ts';
import type { Store } from '../domain/store.ts';

const kinds = ['reservedDomain', 'reservedAddress'] as const;
const pageSize = 1000;
const retryMs = 1000;

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
  const { store, bus, clock, log } = deps;
  let isStopped = false;
  const look = async (key: DocumentKey): Promise<void> => {
    try {
      take(reservations, key, await store.findDocument(key));
    } catch (error) {
      if (isStopped) return;
      log.error({ err: error, id: key.id }, 'Cannot read a reservation; trying again');
      clock.after(retryMs, () => void look(key));
    }
  };
  const lookAtAll = async (): Promise<void> => {
    try {
      await readAll(reservations, store);
    } catch (error) {
      if (isStopped) return;
      log.error({ err: error }, 'Cannot read the reservations; trying again');
      clock.after(retryMs, () => void lookAtAll());
    }
  };
  const stop = bus.subscribe((notice) => {
    if (notice.type === 'missed') void lookAtAll();
    if (notice.type === 'document-changed' && kinds.some((kind) => kind === notice.kind)) void look(notice);
  });
  await readAll(reservations, store);
  return () => {
    isStopped = true;
    stop();
  };
}

/** Those that are there, and away with those that are not any more. */
async function readAll(reservations: Reservations, store: FollowDeps['store']): Promise<void> {
  const gone = new Set(reservations.ids());
  for (const kind of kinds) {
    for (let afterId = '', isLast = false; !isLast; ) {
      const documents = await store.listDocumentsOfAll({ kind, limit: pageSize, afterId });
      for (const document of documents) {
        take(reservations, document, document);
        gone.delete(document.id);
      }
      afterId = documents.at(-1)?.id ?? '';
      isLast = documents.length < pageSize;
    }
  }
  for (const id of gone) reservations.delete(id);
}

function take(reservations: Reservations, { id }: DocumentKey, document: Document | undefined): void {
  const reservation = document && reservationOf(document);
  if (reservation) reservations.set(reservation);
  else reservations.delete(id);
}

/** Undefined: it keeps nobody from anything yet. */
function reservationOf({ id, accountId, kind, body }: Document): Reservation | undefined {
  if (kind === 'reservedAddress') return { id, accountId, port: (body as AddressBody).port };
  const domain = body as DomainBody;
  if (!isProved(domain)) return undefined;
  return { id, accountId, host: domain.host, certificateId: domain.certificateId ?? undefined };
}
