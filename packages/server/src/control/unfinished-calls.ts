import type { EventEmitter } from 'node:events';
import type { Id } from '@adit/contracts';
import type { ApiLimits } from './api-limits.ts';
import { tooManyAtOnce } from './too-many-at-once.ts';

/** What tells that an answer is taken, or will never be. Each emits `close`. */
export interface CallEnds {
  readonly answer: EventEmitter;
  readonly connection: EventEmitter & { readonly destroyed: boolean };
}

/**
 * Counts the calls of each account whose answers are not wholly taken: a caller who does not read has his answers kept here,
 * and could have any number of them.
 */
export class UnfinishedCalls {
  readonly #limits: Pick<ApiLimits, 'maxUnfinishedCalls'>;
  readonly #counts = new Map<Id<'account'>, number>();

  constructor(limits: Pick<ApiLimits, 'maxUnfinishedCalls'>) {
    this.#limits = limits;
  }

  /** Accounts that have unfinished calls. */
  get size(): number {
    return this.#counts.size;
  }

  /** @throws {AditError} 9130: the account has too many. */
  begin(accountId: Id<'account'>, { answer, connection }: CallEnds): void {
    const count = this.#counts.get(accountId) ?? 0;
    if (count >= this.#limits.maxUnfinishedCalls) throw tooManyAtOnce(`answers to ${count} others are not taken yet`);
    // It may have gone while the key was looked up; then nothing tells of its end any more.
    if (connection.destroyed) return;
    this.#counts.set(accountId, count + 1);
    const end = (): void => {
      answer.off('close', end);
      connection.off('close', end);
      this.#end(accountId);
    };
    answer.once('close', end);
    connection.once('close', end);
  }

  #end(accountId: Id<'account'>): void {
    const count = (this.#counts.get(accountId) ?? 0) - 1;
    if (count > 0) this.#counts.set(accountId, count);
    else this.#counts.delete(accountId);
  }
}
