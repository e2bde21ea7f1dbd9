// The index of every live stream of this node and what it rests on. Cutting a stream is the job of the callback that its
// owner handed over; who may revoke what is decided elsewhere (domain/authorize, control).
import type { Id } from '@adit/contracts';
import type { Clock } from '../../domain/clock.ts';
import { endpointFacts } from '../../domain/endpoint.ts';
import type { CredentialId } from '../../domain/entities.ts';
import type { Grant, Grants, LiveStream } from '../../domain/grants.ts';
import type { InternalRoute, Route } from '../../domain/route.ts';

/** `<account>/<credential or endpoint>`: ids are unique without it, but no index crosses accounts. */
type Key = `${Id<'account'>}/${CredentialId | Id<'endpoint'>}`;

export interface GrantsOptions {
  /** Told what a cut callback threw; the other streams are cut all the same. Default: dropped. */
  readonly onCutError?: (error: unknown) => void;
  /** By which the time is bounded that asking a chain anew takes at once. */
  readonly clock: Pick<Clock, 'now'>;
}

/** Makes an empty index. Admitting and releasing cost the same however many streams live. */
export function createGrants({ onCutError = () => {}, clock }: GrantsOptions): Grants {
  return new GrantIndex(onCutError, clock);
}

/** So long a chain is asked about live streams in one turn of the event loop; its rules are its account's, the turns everybody's. */
const turnMs = 20;

class GrantIndex implements Grants {
  readonly #live = new Set<LiveGrant>();
  readonly #byKey = new Map<Key, Set<LiveGrant>>();
  /** Of routes that were asked for: a request should not have to join strings. */
  readonly #keys = new WeakMap<Route, readonly Key[]>();
  /** Streams that are yet to be asked about, for the latest chain of each endpoint. */
  readonly #asking = new Map<Key, LiveGrant[]>();
  readonly #onCutError: (error: unknown) => void;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(onCutError: (error: unknown) => void, clock: Pick<Clock, 'now'>) {
    this.#onCutError = onCutError;
    this.#clock = clock;
  }

  get size(): number {
    return this.#live.size;
  }

  admit(route: Route, stream: LiveStream, next?: Route): Grant {
    const grant = new LiveGrant({ route, stream, next }, this.#forget);
    this.#live.add(grant);
    for (const key of this.#keysOf(route)) {
      const streams = this.#byKey.get(key);
      if (streams) streams.add(grant);
      else this.#byKey.set(key, new Set([grant]));
    }
    return grant;
  }

  cutByCredential(accountId: Id<'account'>, credentialId: CredentialId): number {
    return this.#cutWhere(`${accountId}/${credentialId}`, () => true);
  }

  /** A walk over everything live: accounts are suspended seldom, and requests should not pay for it. */
  cutByAccount(accountId: Id<'account'>): number {
    return this.#cutEach([...this.#live].filter(({ route }) => route.endpoint.accountId === accountId));
  }

  cutByEndpoint(accountId: Id<'account'>, endpointId: Id<'endpoint'>): number {
    return this.#cutWhere(`${accountId}/${endpointId}`, () => true);
  }

  recheck(route: Route): number {
    // Taken from the end, the oldest first.
    const asking = [...(this.#byKey.get(endpointKey(route)) ?? [])].reverse();
    this.#asking.set(endpointKey(route), asking);
    return this.#ask(route, asking);
  }

  #ask(route: Route, asking: LiveGrant[]): number {
    const endMs = this.#clock.now() + turnMs;
    let count = 0;
    for (let grant = asking.pop(); grant; grant = asking.pop()) {
      count += this.#cutEach([grant], (one) => isRefused(route, one));
      if (asking.length > 0 && this.#clock.now() >= endMs) {
        setImmediate(() => this.#goOnAsking(route, asking));
        return count;
      }
    }
    this.#asking.delete(endpointKey(route));
    return count;
  }

  /** Unless a later chain is asked about all of them meanwhile. */
  #goOnAsking(route: Route, asking: LiveGrant[]): void {
    if (this.#asking.get(endpointKey(route)) === asking) this.#ask(route, asking);
  }

  #cutWhere(key: Key, isCut: (grant: LiveGrant) => boolean): number {
    return this.#cutEach([...(this.#byKey.get(key) ?? [])], isCut);
  }

  /** @param grants A copy: a cut callback may admit or release others of the same index. */
  #cutEach(grants: readonly LiveGrant[], isCut: (grant: LiveGrant) => boolean = () => true): number {
    let count = 0;
    for (const grant of grants) {
      if (grant.isOver || !isCut(grant)) continue;
      count += 1;
      try {
        grant.cut();
      } catch (error) {
        this.#onCutError(error);
      }
    }
    return count;
  }

  #keysOf(route: Route): readonly Key[] {
    let keys = this.#keys.get(route);
    if (keys === undefined) {
      keys = keysOf(route);
      this.#keys.set(route, keys);
    }
    return keys;
  }

  readonly #forget = (grant: LiveGrant): void => {
    this.#live.delete(grant);
    for (const key of this.#keysOf(grant.route)) {
      const streams = this.#byKey.get(key);
      streams?.delete(grant);
      if (streams?.size === 0) this.#byKey.delete(key);
    }
  };
}

interface Admitted {
  readonly route: Route;
  readonly stream: LiveStream;
  /** Where the route's policies sent it on to. */
  readonly next: Route | undefined;
}

class LiveGrant implements Grant, Admitted {
  readonly route: Route;
  readonly stream: LiveStream;
  readonly next: Route | undefined;
  readonly #forget: (grant: LiveGrant) => void;
  #isOver = false;

  constructor({ route, stream, next }: Admitted, forget: (grant: LiveGrant) => void) {
    this.route = route;
    this.stream = stream;
    this.next = next;
    this.#forget = forget;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#forget(this);
  }

  /** Forgets first, so that a callback which releases, or throws, leaves nothing behind. */
  cut(): void {
    this.release();
    this.stream.cut();
  }
}

/** A chain does not throw; should one do so, the stream is refused like any other policy failure. */
function isRefused({ chain, endpoint }: Route, { stream: { facts, request }, next }: Admitted): boolean {
  if (chain.isEmpty) return next !== undefined;
  try {
    const decision = chain.recheck({ connection: facts, endpoint: endpointFacts(endpoint), request });
    if (decision.outcome !== 'reroute') return decision.outcome !== 'continue' || next !== undefined;
    const { route, others = [] } = decision.target as InternalRoute;
    return next === undefined || ![route, ...others].some((place) => isSamePlace(next, place));
  } catch {
    return true; // Fail closed.
  }
}

/** Of a pool each may be chosen anew. */
function isSamePlace({ endpoint: a }: Route, { endpoint: b }: Route): boolean {
  return a.accountId === b.accountId && a.scheme === b.scheme && a.host === b.host && a.port === b.port;
}

function endpointKey({ endpoint }: Route): Key {
  return `${endpoint.accountId}/${endpoint.id}`;
}

/** The console has no credential: its streams are found by endpoint only. */
function keysOf(route: Route): Key[] {
  const { accountId, credentialId } = route.endpoint;
  return credentialId ? [endpointKey(route), `${accountId}/${credentialId}`] : [endpointKey(route)];
}
