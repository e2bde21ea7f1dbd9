import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type { StoreTransaction } from '../domain/store.ts';
import type { AcmeLimits } from './acme-limits.ts';
import type { WantedName } from './wanted-names.ts';

const dayMs = 24 * 3_600_000;
const weekMs = 7 * dayMs;
/** A domain that has had its share is not asked about again before. */
const fullRestMs = 3_600_000;

interface ShareDeps {
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  readonly limits: Pick<AcmeLimits, 'maxFirstOrders' | 'maxFirstOrdersReserved'>;
}

/**
 * How many names of one domain may have their first order within seven days. Authorities have such a limit for all together, and
 * names that come and go must not use up what reserved ones need, nor anybody's what the server itself needs.
 */
export class FirstOrderShare {
  readonly #deps: ShareDeps;
  readonly #fullUntilMs = new Map<string, number>();
  /** When the operator was told last. */
  readonly #toldAtMs = new Map<string, number>();

  constructor(deps: ShareDeps) {
    this.#deps = deps;
  }

  /** Of a name that had no order yet: not before then, as its domain has had its share. */
  fullUntilMs(wanted: WantedName): number {
    return this.#fullUntilMs.get(keyOf(wanted)) ?? 0;
  }

  /** Within the change that begins the order. If not, the operator hears of it, once a day. */
  async hasRoom(wanted: WantedName, tx: Pick<StoreTransaction, 'countFirstOrders' | 'nowMs'>): Promise<boolean> {
    const max = this.#max(wanted);
    if (max === Infinity) return true;
    const count = await tx.countFirstOrders({ domain: wanted.countedFor, sinceMs: tx.nowMs - weekMs });
    if (count < max) return true;
    this.#isFull(wanted, max);
    return false;
  }

  #isFull(wanted: WantedName, max: number): void {
    const { clock, log } = this.#deps;
    const nowMs = clock.timeOfDay();
    const key = keyOf(wanted);
    this.#fullUntilMs.set(key, nowMs + fullRestMs);
    if ((this.#toldAtMs.get(key) ?? -Infinity) > nowMs - dayMs) return;
    this.#toldAtMs.set(key, nowMs);
    const { name, countedFor: domain, origin } = wanted;
    const which = origin === 'live' ? 'further ones that are not reserved' : 'further ones';
    const what =
      `${max} new names below "${domain}" had their first certificates ordered within seven days; ${which} wait, and are ` +
      'served with the development CA. Prove the domain in the DNS, and one wildcard serves all';
    log.warn({ domain, name }, what);
  }

  #max({ origin }: WantedName): number {
    const { maxFirstOrders, maxFirstOrdersReserved } = this.#deps.limits;
    return { console: Infinity, reserved: maxFirstOrdersReserved, live: maxFirstOrders }[origin];
  }
}

function keyOf({ origin, countedFor }: WantedName): string {
  return `${origin} ${countedFor}`;
}
