import type { Id } from '@adit/contracts';

/** How many of something each account has. Remembers nobody who has none. */
export class Tally {
  readonly #counts = new Map<Id<'account'>, number>();

  of(accountId: Id<'account'>): number {
    return this.#counts.get(accountId) ?? 0;
  }

  up(accountId: Id<'account'>): void {
    this.#counts.set(accountId, this.of(accountId) + 1);
  }

  down(accountId: Id<'account'>): void {
    const left = this.of(accountId) - 1;
    if (left > 0) this.#counts.set(accountId, left);
    else this.#counts.delete(accountId);
  }
}
