// acme: certificates from authorities that speak ACME (RFC 8555): which are wanted, when each is ordered, how its names are
// proved. Serving them is the business of tls/; keeping them, of store/.
import { X509Certificate } from 'node:crypto';
import type { CertificatePem } from '../domain/certificates.ts';
import type { IssuedFacts, ManagedCertificate, OrderError } from '../domain/managed-certificates.ts';
import type { Bus } from '../domain/notices.ts';
import type { Store } from '../domain/store.ts';
import { AcmeFailure } from './acme-failure.ts';
import { FirstOrderShare } from './first-order-share.ts';
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

const dayMs = 24 * 3_600_000;
const nothing: ReadonlyMap<string, WantedName> = new Map();
/** Somebody may set the clock, and what is due is due by the time of day. */
const maxSleepMs = 60_000;
/** The store did not answer, or another server was faster and its notice is on the way. */
const lookAgainMs = 5_000;
/** Kept so long after its end, so that its name's first order is still counted, and an operator sees what was. */
const keepExpiredMs = 30 * dayMs;

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
  readonly #share: FirstOrderShare;
  /** All but what happens to be online, as of the last look; undefined: there was none. */
  #lasting: ReadonlyMap<string, WantedName> | undefined;
  #sweepAtMs = 0;
  readonly #stopped = new AbortController();
  #cancel = (): void => {};
  #unwatch = (): void => {};

  constructor(deps: CertificateManagerDeps) {
    this.#deps = deps;
    this.#ordering = new Ordering(deps);
    this.#share = new FirstOrderShare(deps);
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

  /** A host has come online, or a visitor wants it. Any host may be asked for; thousands come at once after a restart. */
  ask(host: string): void {
    if (this.#live.has(host) || this.#live.size >= this.#deps.limits.maxLiveNames || !this.#deps.isLive(host)) return;
    const wanted = wantedLiveName(host, { ...this.#deps, wanted: this.#lasting ?? nothing });
    if (!wanted) return;
    this.#live.add(host);
    const isStarted = this.#lasting !== undefined && !this.#isStopped;
    if (isStarted && this.#dueTime(wanted) <= this.#now()) this.#begin(wanted);
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
      const dueMs = this.#dueTime(wanted);
      if (dueMs > nowMs) nextMs = Math.min(nextMs, dueMs);
      else this.#begin(wanted);
    }
    this.#cancel = this.#deps.clock.after(nextMs - nowMs, () => this.look());
  }

  /** Rows that nobody needs any more go, once a day. */
  #sweep(wanted: readonly WantedName[], nowMs: number): void {
    if (nowMs < this.#sweepAtMs) return;
    this.#sweepAtMs = nowMs + dayMs;
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
    this.#lasting = wanted;
    const all = [...wanted.values()];
    for (const host of this.#live) {
      const live = this.#deps.isLive(host) ? wantedLiveName(host, { ...this.#deps, wanted }) : undefined;
      if (live) all.push(live);
      else this.#live.delete(host);
    }
    return all;
  }

  #dueTime(wanted: WantedName): number {
    const { name } = wanted;
    const restsUntilMs = this.#restsUntilMs.get(name) ?? 0;
    const known = this.#deps.known.get(name);
    if (known === undefined) return Math.max(restsUntilMs, this.#share.fullUntilMs(wanted));
    return Math.max(known.issued?.renewAtMs ?? 0, known.attempt?.untilMs ?? 0, restsUntilMs);
  }

  /** Unless it is under way, or as many are as may be: then with the look at the end of one. */
  #begin(wanted: WantedName): void {
    const { name } = wanted;
    if (this.#running.has(name) || this.#running.size >= this.#deps.limits.maxOrders) return;
    this.#restsUntilMs.delete(name);
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
    if (begun === 'full') return;
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

  /** `full`: too many names of the domain had their first order lately. */
  #claim(wanted: WantedName): Promise<'begun' | 'taken' | 'full'> {
    const { store, serverId: holder, limits, known } = this.#deps;
    const { name } = wanted;
    return store.write(async (tx) => {
      if (known.get(name) === undefined && !(await this.#share.hasRoom(wanted, tx))) return 'full';
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
