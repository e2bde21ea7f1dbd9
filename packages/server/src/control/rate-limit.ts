import { AditError, type Id } from '@adit/contracts';
import type { Clock } from '../domain/clock.ts';
import type { ApiLimits } from './api-limits.ts';

const windowMs = 60_000;

/**
 * Counts the calls of each account in the last 60 seconds, moment by moment: no fixed windows, at whose edge twice as many
 * would pass. Calls that were refused do not count, so whoever waits as told gets through.
 */
export class RateLimit {
  readonly #clock: Clock;
  readonly #limits: Pick<ApiLimits, 'callsPerMinute' | 'maxCountedAccounts'>;
  /** When each account's calls were let pass, oldest first. Accounts in the order of their last one. */
  readonly #calls = new Map<Id<'account'>, number[]>();

  constructor(clock: Clock, limits: Pick<ApiLimits, 'callsPerMinute' | 'maxCountedAccounts'>) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * Lets one call of the account pass.
   *
   * @throws {AditError} 226: too many. `details.retry_after_seconds`: a whole number above 0, for the Retry-After header.
   */
  take(accountId: Id<'account'>): void {
    const nowMs = this.#clock.now();
    const calls = (this.#calls.get(accountId) ?? []).filter((atMs) => atMs > nowMs - windowMs);
    const [oldestMs] = calls.slice(-this.#limits.callsPerMinute);
    if (oldestMs !== undefined && calls.length >= this.#limits.callsPerMinute) {
      throw refused(oldestMs + windowMs - nowMs);
    }
    calls.push(nowMs);
    // Deleted first, so that the Map's order is that of the last call.
    this.#calls.delete(accountId);
    this.#calls.set(accountId, calls);
    this.#forget(nowMs);
  }

  /** Accounts that are counted now. */
  get size(): number {
    return this.#calls.size;
  }

  #forget(nowMs: number): void {
    for (const [accountId, calls] of this.#calls) {
      const isOver = (calls.at(-1) ?? 0) <= nowMs - windowMs;
      if (!isOver && this.#calls.size <= this.#limits.maxCountedAccounts) return;
      this.#calls.delete(accountId);
    }
  }
}

function refused(waitMs: number): AditError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  const details = { retry_after_seconds: seconds };
  return new AditError(226, `Cannot take more calls of this account now: wait ${seconds} s`, { details });
}
