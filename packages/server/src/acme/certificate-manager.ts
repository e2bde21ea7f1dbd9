// acme: certificates from authorities that speak ACME (RFC 8555): which are wanted, when each is ordered, how its names are
// proved. Serving them is the business of tls/; keeping them, of store/.
import { X509Certificate } from 'node:crypto';
import type { CertificatePem } from '../domain/certificates.ts';
import type { IssuedFacts, ManagedCertificate, OrderError } from '../domain/managed-certificates.ts';
import type { Bus } from '../domain/notices.ts';
import type { Store } from '../domain/store.ts';
import { AcmeFailure } from './acme-failure.ts';
import type { KnownCertificates } from './known-certificates.ts';
import { type Issued, Ordering, type OrderingDeps } from './order-certificate.ts';
import { type Random, renewalTime, retryTime } from './schedule.ts';
import { type NamesOptions, type ReservedName, type WantedName, wantedLiveName, wantedNames } from './wanted-names.ts';

export interface CertificateManagerDeps extends OrderingDeps, NamesOptions {
  readonly store: Pick<Store, 'write' | 'findManagedCertificate'>;
  readonly bus: Pick<Bus, 'publish'>;
  readonly known: KnownCertificates;
  /** Names this server in the store: no other has it. */
  readonly serverId: string;
  readonly random: Random;
  reserved(): Iterable<ReservedName>;
  /** Whether an endpoint is online under this very name whose TLS ends here, without a certificate of its own. */
  isLive(host: string): boolean;
}

const weekMs = 7 * 24 * 3_600_000;
/** Somebody may set the clock, and what is due is due by the time of day. */
const maxSleepMs = 60_000;
/** A domain that has had its share. */
const fullRestMs = 3_600_000;
/** The store did not answer, or another server was faster and its notice is on the way. */
const lookAgainMs = 5_000;
/** Kept so long after its end, so that its name's first order is still counted, and an operator sees what was. */
const keepExpiredMs = 30 * 24 * 3_600_000;

/**
 * Has a certificate for every name that ought to have one: orders what is missing, renews what comes to its end, tries again what
 * failed. Of several servers on one store one has each order.
 */
export class CertificateManager {
  readonly #deps: CertificateManagerDeps;
  readonly #ordering: Ordering;
  /** Hosts that are or were online, in order of asking. */
  readonly #live = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  /** Not looked at before; for what the store cannot tell. */
  readonly #restsUntilMs = new Map<string, number>();
  /** When the operator was told last, by domain. */
  readonly #toldAtMs = new Map<string, number>();
  #sweepAtMs = 0;
  readonly #stopped = new AbortController();
  #cancel = (): void => {};
  #unwatch = (): void => {};

  constructor(deps: CertificateManagerDeps) {
    this.#deps = deps;
    this.#ordering = new Ordering(deps);
  }

  /** What is known must be. */
  start(): void {
    this.#unwatch = this.#deps.known.watch(() => this.look());
    this.look();
  }

  /** Gives what is under way back to other servers. */
  async close(): Promise<void> {
    this.#unwatch();
    this.#cancel();
    this.#stopped.abort();
    await Promise.allSettled(this.#running.values());
  }

  /** A host has come online, or a visitor wants it. Any host may be asked for, thousands at once after a restart. */
  ask(host: string): void {
    const { limits, known, isLive } = this.#deps;
    if (this.#live.has(host) || this.#live.size >= limits.maxLiveNames) return;
    const served = known.servedFor(host)?.name ?? host;
    if (served !== host || !isLive(host)) return;
    this.#live.add(host);
    // Looking takes a while with many names: what is not due, or has to wait for others, is seen in time.
    if (this.#running.size < limits.maxOrders && this.#dueTime(host) <= this.#now()) this.look();
  }

  /** Begins what is due, and sleeps until something is. Reservations have changed, for instance. */
  look(): void {
    if (this.#stopped.signal.aborted) return;
    this.#cancel();
    const nowMs = this.#now();
    let nextMs = nowMs + maxSleepMs;
    const all = this.#wanted();
    this.#sweep(all, nowMs);
    for (const wanted of all) {
      if (this.#running.has(wanted.name)) continue;
      const dueMs = this.#dueTime(wanted.name);
      if (dueMs > nowMs) nextMs = Math.min(nextMs, dueMs);
      else if (this.#running.size < this.#deps.limits.maxOrders) this.#begin(wanted);
    }
    this.#cancel = this.#deps.clock.after(nextMs - nowMs, () => this.look());
  }

  /** Rows that nobody needs any more go, once a day. */
  #sweep(wanted: readonly WantedName[], nowMs: number): void {
    if (nowMs < this.#sweepAtMs) return;
    this.#sweepAtMs = nowMs + weekMs / 7;
    const { known, store, log } = this.#deps;
    const names = new Set(wanted.map(({ name }) => name));
    const old = [...known.all()].filter((one) => !names.has(one.name) && isForgettable(one, nowMs));
    for (const { name } of old) {
      store
        .write((tx) => tx.deleteManagedCertificate(name))
        .then(
          () => known.set(name, undefined),
          (error: unknown) => log.warn({ err: error, name }, 'Cannot forget a certificate'),
        );
    }
  }

  /** The most important first. */
  #wanted(): WantedName[] {
    const wanted = wantedNames(this.#deps, this.#deps.reserved());
    const all = [...wanted.values()];
    for (const host of this.#live) {
      const live = this.#deps.isLive(host) ? wantedLiveName(host, { ...this.#deps, wanted }) : undefined;
      if (live) all.push(live);
      else this.#live.delete(host);
    }
    return all;
  }

  #dueTime(name: string): number {
    const { issued, attempt } = this.#deps.known.get(name) ?? {};
    return Math.max(issued?.renewAtMs ?? 0, attempt?.untilMs ?? 0, this.#restsUntilMs.get(name) ?? 0);
  }

  #begin(wanted: WantedName): void {
    const { name } = wanted;
    const order = this.#order(wanted)
      .catch((error: unknown) => {
        this.#rest(name, lookAgainMs);
        if (!this.#isStopped) this.#deps.log.error({ err: error, name }, 'Cannot order a certificate; trying again');
      })
      .finally(() => {
        this.#running.delete(name);
        this.look();
      });
    this.#running.set(name, order);
  }

  async #order(wanted: WantedName): Promise<void> {
    const { store, known, bus, serverId: holder } = this.#deps;
    const { name } = wanted;
    const startMs = this.#now();
    const begun = await this.#claim(wanted);
    if (begun === 'full') return this.#waitForRoom(wanted);
    if (begun === 'taken') this.#rest(name, lookAgainMs);
    else {
      known.set(name, await store.findManagedCertificate(name));
      try {
        await this.#keep(wanted, await this.#getInTime(wanted), startMs);
      } catch (error) {
        if (this.#isStopped) return await store.write((tx) => tx.endOrder(name, holder));
        await this.#keepFailure(wanted, error);
      }
      bus.publish({ type: 'certificate-changed', name });
    }
    known.set(name, await store.findManagedCertificate(name));
  }

  /** `full`: too many names of the domain that nobody reserved had their first order lately. */
  #claim({ name, origin, countedFor }: WantedName): Promise<'begun' | 'taken' | 'full'> {
    const { store, serverId: holder, limits, known } = this.#deps;
    const isFirst = known.get(name) === undefined;
    return store.write(async (tx) => {
      const sinceMs = tx.nowMs - weekMs;
      const isBounded = origin === 'live' && isFirst;
      if (isBounded && (await tx.countFirstOrders({ domain: countedFor, sinceMs })) >= limits.maxFirstOrders)
        return 'full';
      const isBegun = await tx.beginOrder({ name, holder, untilMs: tx.nowMs + limits.leaseMs });
      return isBegun ? 'begun' : 'taken';
    });
  }

  async #getInTime(wanted: WantedName): Promise<Issued> {
    const { clock, limits } = this.#deps;
    const tooLate = new AbortController();
    const failure = new AcmeFailure('unreachable', 'The authority did not decide in time');
    const cancel = clock.after(limits.orderTimeoutMs, () => tooLate.abort(failure));
    try {
      return await this.#ordering.get(wanted, AbortSignal.any([tooLate.signal, this.#stopped.signal]));
    } finally {
      cancel();
    }
  }

  async #keep({ name }: WantedName, { pem, directoryUrl }: Issued, startMs: number): Promise<void> {
    const facts = { ...readFacts(pem), directoryUrl };
    const issued = { ...facts, renewAtMs: renewalTime({ ...facts, nowMs: this.#now() }, this.#deps.random) };
    await this.#deps.store.write((tx) => tx.recordIssued(name, { ...issued, pem }));
    const until = new Date(issued.notAfterMs).toISOString();
    this.#deps.log.info({ name, directoryUrl, until, ms: this.#now() - startMs }, 'Certificate issued');
  }

  async #keepFailure({ name }: WantedName, thrown: unknown): Promise<void> {
    const { store, log, random, serverId: holder, known } = this.#deps;
    const error: OrderError = toOrderError(thrown);
    const failures = known.get(name)?.attempt?.failures ?? 0;
    const notBeforeMs = thrown instanceof AcmeFailure ? thrown.retryAtMs : null;
    const untilMs = retryTime({ nowMs: this.#now(), failures, notBeforeMs }, random);
    const isOurs = await store.write((tx) => tx.recordFailure(name, { holder, untilMs, error }));
    const retriesAt = new Date(untilMs).toISOString();
    const facts = { name, kind: error.kind, reason: error.message, retriesAt };
    if (isOurs) log.warn({ ...facts, ...(error.kind === 'internal' && { err: thrown }) }, 'Cannot get a certificate');
  }

  #waitForRoom({ name, countedFor }: WantedName): void {
    this.#rest(name, fullRestMs);
    const toldAtMs = this.#toldAtMs.get(countedFor);
    if (toldAtMs !== undefined && toldAtMs > this.#now() - weekMs / 7) return;
    this.#toldAtMs.set(countedFor, this.#now());
    const { maxFirstOrders } = this.#deps.limits;
    const what =
      `${maxFirstOrders} new names below "${countedFor}" got certificates within seven days; further ones that are not ` +
      'reserved wait, and are served with the development CA. Prove the domain in the DNS, and one wildcard serves all';
    this.#deps.log.warn({ domain: countedFor, name }, what);
  }

  #rest(name: string, forMs: number): void {
    this.#restsUntilMs.set(name, this.#now() + forMs);
  }

  get #isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  #now(): number {
    return this.#deps.clock.timeOfDay();
  }
}

function readFacts({ cert }: CertificatePem): Omit<IssuedFacts, 'directoryUrl' | 'renewAtMs'> {
  const { serialNumber, validFrom, validTo } = new X509Certificate(cert);
  return {
    serialNumber: serialNumber.toLowerCase(),
    notBeforeMs: Date.parse(validFrom),
    notAfterMs: Date.parse(validTo),
  };
}

function toOrderError(thrown: unknown): OrderError {
  if (thrown instanceof AcmeFailure) return { kind: thrown.kind, message: thrown.message };
  return { kind: 'internal', message: thrown instanceof Error ? thrown.message.slice(0, 500) : 'Unknown error' };
}

/** Whether nobody needs it any more, nor what it tells. */
function isForgettable({ issued, attempt }: ManagedCertificate, nowMs: number): boolean {
  return Math.max(issued?.notAfterMs ?? 0, attempt?.untilMs ?? 0) + keepExpiredMs < nowMs;
}
