import { AditError } from '@adit/contracts';
import {
  type Argon2Cost,
  defaultArgon2Cost,
  hashPassword,
  isOutdated,
  isPasswordOf,
  nobodysHash,
} from './argon2-hash.ts';
import { defaultLoginLimits, type LoginLimits } from './login-limits.ts';
import { normalPassword } from './password-text.ts';

type Limits = Pick<LoginLimits, 'maxHashesAtOnce' | 'maxHashesWaiting'>;

/**
 * Hashes and checks passwords, few at a time: strangers decide how many there are to check, and each costs memory and a thread
 * that files and name look-ups need as well.
 */
export class Passwords {
  readonly #limits: Limits;
  readonly #cost: Argon2Cost;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: Limits = defaultLoginLimits, cost: Argon2Cost = defaultArgon2Cost) {
    this.#limits = limits;
    this.#cost = cost;
  }

  /** @throws {AditError} 9130: too many wait. */
  async hash(password: string): Promise<string> {
    return await this.#inTurn(() => hashPassword(normalPassword(password), this.#cost));
  }

  /**
   * @param hash Undefined: there is none, which takes as long to find out.
   * @throws {AditError} 9130: too many wait.
   */
  async isRight(hash: string | undefined, password: string): Promise<boolean> {
    const compared = hash ?? nobodysHash(this.#cost);
    return await this.#inTurn(() => isPasswordOf(compared, normalPassword(password)));
  }

  /** Whether the password should be hashed anew, as it is known just now. */
  isOutdated(hash: string): boolean {
    return isOutdated(hash, this.#cost);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limits.maxHashesAtOnce) this.#running += 1;
    else await this.#place();
    try {
      return await work();
    } finally {
      // Whoever waits longest takes the place over.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  #place(): Promise<void> {
    const { length } = this.#waiting;
    if (length < this.#limits.maxHashesWaiting) return new Promise((resolve) => void this.#waiting.push(resolve));
    const details = { retry_after_seconds: 1 };
    throw new AditError(9130, `Cannot check another password now: ${length} others wait`, { details });
  }
}
