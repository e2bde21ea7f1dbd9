import { AditError } from '@adit/contracts';
import { clientNetwork } from '../../domain/client-network.ts';
import type { Clock } from '../../domain/clock.ts';
import type { LoginNames } from '../../domain/logins.ts';
import { plainAddress } from '../../domain/plain-address.ts';
import { Recent } from '../../domain/recent.ts';
import { FailureCounter } from './failure-counter.ts';
import { defaultLoginLimits, type LoginLimits } from './login-limits.ts';
import { isWrongLogin } from './wrong-login.ts';

/** An attempt to prove who one is. */
export interface Attempt {
  /** As they were given: whether they are anybody's changes nothing here, so nobody learns it. */
  readonly names: LoginNames;
  /** Undefined: not known; all those count together. */
  readonly clientAddress: string | undefined;
}

/**
 * Slows down who guesses, by name and by network. A person whom strangers make wait by her name can go on from wherever she has
 * logged in before: there only failures from there, under her name, count.
 */
export class LoginThrottle {
  readonly #names: FailureCounter;
  readonly #networks: FailureCounter;
  /** Names with a network that their person has logged in from, the oldest log-in first. */
  readonly #familiar: Recent<string>;

  constructor(clock: Clock, limits: LoginLimits = defaultLoginLimits) {
    this.#names = new FailureCounter(clock, { ...limits, maxWaitMs: limits.maxNameWaitMs });
    this.#networks = new FailureCounter(clock, { ...limits, maxWaitMs: limits.maxNetworkWaitMs });
    this.#familiar = new Recent(limits.maxCounted);
  }

  /** How much is remembered. */
  get size(): number {
    return this.#names.size + this.#networks.size + this.#familiar.size;
  }

  /**
   * Runs the work if it may be tried now. It counts as failed from its beginning, so that many at once count as many; if it
   * succeeds the failures of the name are forgotten, and if it ends with anything but 9140 it does not count.
   *
   * @throws {AditError} 9145: too many failed. `details.retry_after_seconds`: a whole number above 0.
   */
  async guard<T>({ names, clientAddress }: Attempt, work: () => Promise<T>): Promise<T> {
    const name = JSON.stringify([names.account ?? null, names.user]);
    const network = clientAddress === undefined ? '' : clientNetwork(plainAddress(clientAddress));
    const place = `${name} ${network}`;
    const isFamiliar = this.#familiar.has(place);
    const counted = isFamiliar
      ? [[this.#names, place] as const]
      : [[this.#names, name] as const, [this.#networks, network] as const];
    const waitMs = Math.max(...counted.map(([counter, key]) => counter.waitOf(key)));
    if (waitMs > 0) throw refused(waitMs);
    for (const [counter, key] of counted) counter.add(key);
    try {
      const result = await work();
      for (const [counter, key] of counted) {
        // Who has an account of his own must not be able to wipe out his guesses at others'.
        if (counter === this.#networks) counter.takeBack(key);
        else counter.clear(key);
      }
      this.#familiar.add(place);
      return result;
    } catch (error) {
      if (!isWrongLogin(error)) for (const [counter, key] of counted) counter.takeBack(key);
      throw error;
    }
  }
}

function refused(waitMs: number): AditError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  const details = { retry_after_seconds: seconds };
  return new AditError(9145, `Cannot check this now: too many attempts failed; wait ${seconds} s`, { details });
}
