import type { Clock } from '../../../domain/clock.ts';

/** Whoever has deadlines. */
export interface DeadlineSource {
  /** The nearest deadline, milliseconds since 1970; Infinity when there is none. */
  dueMs(): number;
  /** The nearest deadline has passed. */
  onDue(): void;
}

/**
 * One timer for all the deadlines of a connection. Deadlines that move on, as they do with every request, do not touch
 * it: it fires at the old time, looks again, and is set anew.
 */
export class ConnectionTimer {
  readonly #clock: Clock;
  readonly #source: DeadlineSource;
  #cancel: (() => void) | null = null;
  #setForMs = Infinity;

  constructor(clock: Clock, source: DeadlineSource) {
    this.#clock = clock;
    this.#source = source;
  }

  /** A deadline has begun. Costs a comparison unless it is nearer than all those before. */
  watch(dueMs: number): void {
    if (dueMs >= this.#setForMs) return;
    this.#cancel?.();
    this.#setForMs = dueMs;
    this.#cancel = this.#clock.after(dueMs - this.#clock.now(), this.#onFired);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#setForMs = Infinity;
  }

  readonly #onFired = (): void => {
    this.#cancel = null;
    this.#setForMs = Infinity;
    if (this.#source.dueMs() <= this.#clock.now()) this.#source.onDue();
    this.watch(this.#source.dueMs());
  };
}
