import type { Id } from '@adit/contracts';
import { Turnstile } from '../../domain/turnstile.ts';
import { tooManyAtOnce } from '../too-many-at-once.ts';
import { defaultFilterLimits, type FilterLimits } from './filter-limits.ts';

/** The scans of one account. */
interface Line {
  running: number;
  readonly waiting: (() => void)[];
}

/**
 * Has filters go over lists in turns. A slice of one is short, but every caller may have one to do: all together do one in
 * each turn of the event loop, and an account that asks for many at once has two of them in that line, not all.
 */
export class FilterScans {
  readonly #turns = new Turnstile(1);
  readonly #limits: Pick<FilterLimits, 'scansPerAccount' | 'maxWaitingScans'>;
  readonly #lines = new Map<Id<'account'>, Line>();

  constructor(limits: Pick<FilterLimits, 'scansPerAccount' | 'maxWaitingScans'> = defaultFilterLimits) {
    this.#limits = limits;
  }

  /** Accounts that have scans now. */
  get size(): number {
    return this.#lines.size;
  }

  /** Resolves when the next slice may be done. */
  turn(): Promise<void> {
    return this.#turns.pass();
  }

  /**
   * Runs a scan as soon as it is the account's turn; between its slices it awaits `turn`.
   *
   * @throws {AditError} 9130: too many of the account wait. What `scan` throws.
   */
  async run<T>(accountId: Id<'account'>, scan: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(accountId) ?? { running: 0, waiting: [] };
    this.#lines.set(accountId, line);
    await this.#enter(line);
    try {
      return await scan();
    } finally {
      const next = line.waiting.shift();
      // Whoever waited takes the place over, so that nobody who comes now passes before them.
      if (next) next();
      else line.running -= 1;
      if (line.running === 0) this.#lines.delete(accountId);
    }
  }

  async #enter(line: Line): Promise<void> {
    const { scansPerAccount, maxWaitingScans } = this.#limits;
    if (line.running < scansPerAccount) line.running += 1;
    else if (line.waiting.length < maxWaitingScans) await new Promise<void>((resolve) => line.waiting.push(resolve));
    else throw tooManyAtOnce(`${maxWaitingScans} lists with a filter are waiting for their turn`);
  }
}
