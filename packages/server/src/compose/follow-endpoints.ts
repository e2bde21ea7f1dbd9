import type { Id } from '@adit/contracts';
import type { Clock } from '../domain/clock.ts';
import type { Document, DocumentId, DocumentKey, DocumentKind } from '../domain/document.ts';
import type { Log } from '../domain/log.ts';
import type { Bus } from '../domain/notices.ts';
import type { Store } from '../domain/store.ts';
import { nextTurn } from '../domain/wait.ts';
import type { CloudEndpoint } from '../links/cloud/cloud-endpoint.ts';
import type { CloudEndpoints } from '../links/cloud/cloud-endpoints.ts';
import { LookUps } from './look-ups.ts';

const pageSize = 200;
/** Compiled in one turn of the event loop. */
const endpointsPerTurn = 10;
/** What cannot be online is tried again so often, whether or not somebody has told that it now can. */
const retryMs = 5_000;

/** What the documents of one kind stand for. */
export interface KeptKind {
  readonly kind: DocumentKind;
  /** The endpoints that shall be online for it. @throws When what it rests on cannot be read: ask again. */
  endpointsOf(document: Document): Promise<readonly KeptEndpoint[]> | readonly KeptEndpoint[];
  /** The document that this one belongs to, whose endpoints are others when this one changes. Default: none. */
  alsoOf?(document: Document): DocumentKey;
  /** The document is gone. Default: there is nothing to forget. */
  forget?(key: DocumentKey): void;
}

/** Whether its account is suspended is looked up for all of them. */
export type KeptEndpoint = Omit<CloudEndpoint, 'isSuspended'>;

interface FollowDeps {
  readonly endpoints: CloudEndpoints;
  /** In the order in which they are read at the start: what others rest on first. */
  readonly kinds: readonly KeptKind[];
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
 * Has the endpoints online that the store has. Resolves when all were tried; from then on each change is looked up when its
 * notice comes, and again until the store answers. To be called when the public ports are known, which are in URLs.
 */
export async function followEndpoints(deps: FollowDeps): Promise<EndpointFollower> {
  const { endpoints, bus, clock } = deps;
  const lookUps = new LookUps(deps);
  const kept = new KeptDocuments(deps, (key) => lookUps.ask(key.id, () => kept.look(key)));
  const stop = bus.subscribe((notice) => {
    if (notice.type === 'missed') lookUps.ask('all', () => kept.readAll());
    if (notice.type === 'account-suspended') kept.suspend(notice.accountId);
    if (notice.type === 'document-changed' && kept.has(notice.kind)) {
      lookUps.ask(notice.id, () => kept.look(notice));
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
  await kept.readAll();
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

interface Kept {
  readonly key: DocumentKey;
  readonly endpointIds: readonly Id<'endpoint'>[];
  readonly also: DocumentKey | undefined;
}

/** Which endpoints are there for which document. */
class KeptDocuments {
  readonly #deps: FollowDeps;
  readonly #kinds: ReadonlyMap<DocumentKind, KeptKind>;
  readonly #lookLater: (key: DocumentKey) => void;
  readonly #kept = new Map<DocumentId, Kept>();
  /** Told of since they were looked up: what was read before says something else. */
  readonly #suspended = new Set<Id<'account'>>();

  constructor(deps: FollowDeps, lookLater: (key: DocumentKey) => void) {
    this.#deps = deps;
    this.#kinds = new Map(deps.kinds.map((one) => [one.kind, one]));
    this.#lookLater = lookLater;
  }

  has(kind: DocumentKind): boolean {
    return this.#kinds.has(kind);
  }

  suspend(accountId: Id<'account'>): void {
    this.#suspended.add(accountId);
    this.#deps.endpoints.suspend(accountId);
  }

  async look(key: DocumentKey): Promise<void> {
    const before = this.#kept.get(key.id);
    const document = await this.#deps.store.findDocument(key);
    if (document) await this.#set(document, await this.#isSuspended(key.accountId));
    else this.#deleteWithChildren(key);
    const also = this.#kept.get(key.id)?.also ?? before?.also;
    if (also) this.#lookLater(also);
  }

  async readAll(): Promise<void> {
    const suspended = new Map<Id<'account'>, boolean>();
    const found = new Set<string>();
    for (const { kind } of this.#deps.kinds) {
      for await (const document of this.#documentsOf(kind)) {
        const { accountId, id } = document;
        if (!suspended.has(accountId)) suspended.set(accountId, await this.#isSuspended(accountId));
        await this.#set(document, suspended.get(accountId) === true);
        found.add(id);
        if (found.size % endpointsPerTurn === 0) await nextTurn();
      }
    }
    for (const { key } of [...this.#kept.values()]) if (!found.has(key.id)) this.#delete(key);
  }

  async *#documentsOf(kind: DocumentKind): AsyncGenerator<Document> {
    for (let afterId = '', isLast = false; !isLast; ) {
      const documents = await this.#deps.store.listDocumentsOfAll({ kind, limit: pageSize, afterId });
      yield* documents;
      afterId = documents.at(-1)?.id ?? '';
      isLast = documents.length < pageSize;
    }
  }

  async #set(document: Document, isSuspended: boolean): Promise<void> {
    const { accountId, kind, id } = document;
    const ofKind = this.#kinds.get(kind);
    const endpoints = (await ofKind?.endpointsOf(document)) ?? [];
    const before = this.#kept.get(id)?.endpointIds ?? [];
    const endpointIds = endpoints.map((one) => one.id);
    for (const gone of before) if (!endpointIds.includes(gone)) this.#deps.endpoints.delete(gone);
    // Before one of them fails: it is tried again, and by then the document may be gone.
    this.#kept.set(id, { key: { accountId, kind, id }, endpointIds, also: ofKind?.alsoOf?.(document) });
    for (const [i, endpoint] of endpoints.entries()) {
      if (i > 0 && i % endpointsPerTurn === 0) await nextTurn();
      await this.#deps.endpoints.set({ ...endpoint, isSuspended: isSuspended || this.#suspended.has(accountId) });
    }
  }

  /** Of those that are gone with it nobody tells. A walk over all: few documents that have others are deleted. */
  #deleteWithChildren(key: DocumentKey): void {
    if (!this.#kept.has(key.id)) return;
    this.#delete(key);
    for (const one of [...this.#kept.values()]) if (one.also?.id === key.id) this.#lookLater(one.key);
  }

  #delete(key: DocumentKey): void {
    const endpointIds = this.#kept.get(key.id)?.endpointIds ?? [];
    this.#kept.delete(key.id);
    for (const id of endpointIds) this.#deps.endpoints.delete(id);
    this.#kinds.get(key.kind)?.forget?.(key);
  }

  async #isSuspended(accountId: Id<'account'>): Promise<boolean> {
    // Before it is read: what is told from now on counts.
    this.#suspended.delete(accountId);
    return (await this.#deps.store.findAccount(accountId))?.suspendedAtMs !== null;
  }
}
