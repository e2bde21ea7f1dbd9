import type { Id } from '@adit/contracts';
import type { CloudEndpointBody } from '../control/resources/cloud-endpoints.ts';
import type { Clock } from '../domain/clock.ts';
import type { Document, DocumentKey } from '../domain/document.ts';
import type { Log } from '../domain/log.ts';
import type { Bus } from '../domain/notices.ts';
import type { Store } from '../domain/store.ts';
import { nextTurn } from '../domain/wait.ts';
import type { CloudEndpoint, CloudEndpoints } from '../links/cloud/cloud-endpoints.ts';
import { LookUps } from './look-ups.ts';

const kind = 'endpoint';
const pageSize = 200;
/** Compiled in one turn of the event loop. */
const endpointsPerTurn = 10;
/** What cannot be online is tried again so often, whether or not somebody has told that it now can. */
const retryMs = 5_000;

interface FollowDeps {
  readonly store: Pick<Store, 'findDocument' | 'listDocumentsOfAll' | 'findAccount'>;
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Whoever follows documents of endpoints. */
export interface EndpointFollower {
  /** A name is free: those that wait for one are tried again. */
  retry(): void;
  stop(): void;
}

/**
 * Has the cloud endpoints online that the store has. Resolves when all were tried; from then on each change is looked up when
 * its notice comes, and again until the store answers. To be called when the public ports are known, which are in URLs.
 */
export async function followEndpoints(endpoints: CloudEndpoints, deps: FollowDeps): Promise<EndpointFollower> {
  const { store, bus, clock } = deps;
  const lookUps = new LookUps(deps);
  const stop = bus.subscribe((notice) => {
    if (notice.type === 'missed') lookUps.ask('all', () => readAll(endpoints, store));
    if (notice.type === 'account-suspended') endpoints.suspend(notice.accountId);
    if (notice.type === 'document-changed' && notice.kind === kind) {
      lookUps.ask(notice.id, () => look(notice, endpoints, store));
    }
  });
  const retry = (): void => {
    if (endpoints.isWaiting) lookUps.ask('waiting', () => endpoints.retry());
  };
  let cancel = (): void => {};
  const retryLater = (): void => {
    cancel = clock.after(retryMs, () => {
      retry();
      retryLater();
    });
  };
  await readAll(endpoints, store);
  lookUps.begin();
  retryLater();
  return {
    retry,
    stop() {
      cancel();
      stop();
      lookUps.stop();
    },
  };
}

type Reads = FollowDeps['store'];

async function look(key: DocumentKey, endpoints: CloudEndpoints, store: Reads): Promise<void> {
  const document = await store.findDocument(key);
  if (document) await endpoints.set(endpointOf(document, await isSuspended(store, document.accountId)));
  else endpoints.delete(key.id as Id<'endpoint'>);
}

async function readAll(endpoints: CloudEndpoints, store: Reads): Promise<void> {
  const suspended = new Map<Id<'account'>, boolean>();
  const found = new Set<string>();
  for (let afterId = '', isLast = false; !isLast; ) {
    const documents = await store.listDocumentsOfAll({ kind, limit: pageSize, afterId });
    for (const [i, document] of documents.entries()) {
      const { accountId, id } = document;
      if (!suspended.has(accountId)) suspended.set(accountId, await isSuspended(store, accountId));
      await endpoints.set(endpointOf(document, suspended.get(accountId) === true));
      found.add(id);
      if (i % endpointsPerTurn === endpointsPerTurn - 1) await nextTurn();
    }
    afterId = documents.at(-1)?.id ?? '';
    isLast = documents.length < pageSize;
  }
  for (const id of endpoints.ids()) if (!found.has(id)) endpoints.delete(id);
}

async function isSuspended(store: Reads, accountId: Id<'account'>): Promise<boolean> {
  return (await store.findAccount(accountId))?.suspendedAtMs !== null;
}

function endpointOf(document: Document, isSuspended: boolean): CloudEndpoint {
  const { id, accountId, revision, description, metadata, createdAtMs, body } = document;
  const { address, policy, isPooled } = body as CloudEndpointBody;
  return {
    ...{ id: id as Id<'endpoint'>, accountId, revision, description, metadata, createdAtMs },
    ...{ address, policy, isPooled, isSuspended },
  };
}
