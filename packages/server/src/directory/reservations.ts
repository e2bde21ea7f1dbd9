import type { Id } from '@adit/contracts';
import { isWildcard, wildcardsAbove, withoutWildcard } from '../domain/address.ts';

/** A public name or port that an account keeps for itself, whether something is online there or not. */
export type Reservation = {
  /** Of the document that says so. */
  readonly id: string;
  readonly accountId: Id<'account'>;
} & (
  | {
      readonly host: string;
      /** What it is served with; undefined: what the server has. */
      readonly certificateId?: string | undefined;
      /** Of the key of a certificate that the server gets. Default: ecdsa. */
      readonly keyType?: 'ecdsa' | 'rsa' | undefined;
      readonly port?: never;
    }
  | { readonly port: number; readonly host?: never; readonly keyType?: never }
);

type Watcher = (changed: readonly Reservation[]) => void;

/**
 * Who has reserved what, as far as this node knows. Whoever has a name has every name below it, too: `app.example.com` is
 * reserved with `x.app.example.com` and `*.app.example.com`.
 */
export class Reservations {
  readonly #byId = new Map<string, Reservation>();
  readonly #byHost = new Map<string, Reservation>();
  readonly #byPort = new Map<number, Reservation>();
  /** How many reserved hosts of each account are below a name, for the question whether a wildcard is free. */
  readonly #below = new Map<string, Map<Id<'account'>, number>>();
  readonly #watchers = new Set<Watcher>();

  /**
   * Has `tell` hear of those that came or went, after it is so. The answer ends it. A watcher is told where rights may have
   * changed, not of a change of the certificate.
   */
  watch(tell: Watcher): () => void {
    this.#watchers.add(tell);
    return () => void this.#watchers.delete(tell);
  }

  /** In place of the one with its id. Of two with one name or port, as long as one is about to go, the later one counts. */
  set(reservation: Reservation): void {
    this.#tell(this.#put(reservation));
  }

  delete(id: string): void {
    this.#tell(this.#drop(id));
  }

  /** From now on there are these and no others. */
  replaceAll(all: readonly Reservation[]): void {
    const kept = new Set(all.map(({ id }) => id));
    // Away with those that are gone before others of the same name come.
    const gone = [...this.#byId.keys()].filter((id) => !kept.has(id)).flatMap((id) => this.#drop(id));
    const news = all.filter((reservation) => !this.#isKnown(reservation));
    this.#tell([...gone, ...news.flatMap((reservation) => this.#put(reservation))]);
  }

  /** Whose a public host or wildcard is, by its own name or one above it. */
  ownerOf(host: string): Id<'account'> | undefined {
    if (this.#byHost.size === 0) return undefined;
    const own = this.#byHost.get(host) ?? (isWildcard(host) ? this.#byHost.get(host.slice(2)) : undefined);
    if (own) return own.accountId;
    for (const wildcard of wildcardsAbove(host)) {
      const above = this.#byHost.get(wildcard) ?? this.#byHost.get(wildcard.slice(2));
      if (above) return above.accountId;
    }
    return undefined;
  }

  /** The certificate that a host was given, by its own name or the nearest wildcard above it that has one. */
  certificateOf(host: string): { readonly accountId: Id<'account'>; readonly certificateId: string } | undefined {
    for (const name of [host, ...wildcardsAbove(host)]) {
      const found = this.#byHost.get(name);
      if (found?.host !== undefined && found.certificateId !== undefined) {
        return { accountId: found.accountId, certificateId: found.certificateId };
      }
    }
    return undefined;
  }

  /** Hosts and wildcards. */
  *hosts(): Generator<{ readonly host: string; readonly isGiven: boolean; readonly keyType: 'ecdsa' | 'rsa' }> {
    for (const { host = '', keyType = 'ecdsa' } of this.#byHost.values()) {
      yield { host, keyType, isGiven: this.certificateOf(host) !== undefined };
    }
  }

  ownerOfPort(port: number): Id<'account'> | undefined {
    return this.#byPort.get(port)?.accountId;
  }

  /** Whether a name below this host is reserved by anybody else; of a wildcard, itself included. */
  hasOthersBelow(host: string, accountId: Id<'account'>): boolean {
    const counts = this.#below.get(withoutWildcard(host));
    return counts !== undefined && [...counts].some(([owner, count]) => owner !== accountId && count > 0);
  }

  #tell(changed: readonly Reservation[]): void {
    if (changed.length > 0) for (const tell of [...this.#watchers]) tell(changed);
  }

  /** As it is, and its name or port no other's: mostly all are, and to look costs a fifth of setting. */
  #isKnown(reservation: Reservation): boolean {
    const { host, port } = reservation;
    const known = host === undefined ? this.#byPort.get(port) : this.#byHost.get(host);
    if (known?.id !== reservation.id || !isSame(known, reservation)) return false;
    const isServedSo = known.keyType === reservation.keyType && known.host !== undefined;
    return host === undefined || (isServedSo && known.certificateId === reservation.certificateId);
  }

  /** Answers what of it is a change, for watchers. */
  #put(reservation: Reservation): Reservation[] {
    const before = this.#drop(reservation.id);
    this.#byId.set(reservation.id, reservation);
    if (reservation.port !== undefined) this.#byPort.set(reservation.port, reservation);
    else {
      this.#byHost.set(reservation.host, reservation);
      this.#countBelow(reservation, 1);
    }
    return before.some((one) => isSame(one, reservation)) ? [] : [...before, reservation];
  }

  #drop(id: string): Reservation[] {
    const reservation = this.#byId.get(id);
    if (!reservation) return [];
    this.#byId.delete(id);
    if (reservation.port !== undefined) {
      if (this.#byPort.get(reservation.port) === reservation) this.#byPort.delete(reservation.port);
      return [reservation];
    }
    // Reserved anew meanwhile, that is the newer one's.
    if (this.#byHost.get(reservation.host) === reservation) this.#byHost.delete(reservation.host);
    this.#countBelow(reservation, -1);
    return [reservation];
  }

  #countBelow({ host, accountId }: Reservation & { readonly host: string }, by: 1 | -1): void {
    for (const wildcard of wildcardsAbove(host)) {
      const above = wildcard.slice(2);
      const counts = this.#below.get(above) ?? new Map<Id<'account'>, number>();
      const count = (counts.get(accountId) ?? 0) + by;
      if (count > 0) counts.set(accountId, count);
      else counts.delete(accountId);
      if (counts.size > 0) this.#below.set(above, counts);
      else this.#below.delete(above);
    }
  }
}

function isSame(a: Reservation, b: Reservation): boolean {
  return a.accountId === b.accountId && a.host === b.host && a.port === b.port;
}
