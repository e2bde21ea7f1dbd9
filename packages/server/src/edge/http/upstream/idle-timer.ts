import type { Clock } from '../../../domain/clock.ts';

export interface IdleTimerOptions {
  readonly clock: Clock;
  readonly limitMs: number;
  /** Nothing has been under way for `limitMs`. */
  onDue(): void;
}

/** Watches a connection while nothing is under way. Set again when it fires early: requests come and go all the time. */
export class IdleTimer {
  readonly #options: IdleTimerOptions;
  #sinceMs = Infinity;
  #cancel: (() => void) | null = null;

  constructor(options: IdleTimerOptions) {
    this.#options = options;
  }

  /** True if `onDue` is late: a busy event loop is late with its timers. */
  get isLate(): boolean {
    return this.#leftMs() < 0;
  }

  /** The last request is over. */
  begin(): void {
    const { clock, limitMs } = this.#options;
    this.#sinceMs = clock.now();
    this.#cancel ??= clock.after(limitMs, this.#onFired);
  }

  /** A request is under way. */
  end(): void {
    this.#sinceMs = Infinity;
  }

  /** For good. */
  stop(): void {
    this.end();
    this.#cancel?.();
    this.#cancel = null;
  }

  #leftMs(): number {
    const { clock, limitMs } = this.#options;
    return this.#sinceMs + limitMs - clock.now();
  }

  readonly #onFired = (): void => {
    this.#cancel = null;
    const leftMs = this.#leftMs();
    if (leftMs <= 0) this.#options.onDue();
    else if (leftMs < Infinity) this.#cancel = this.#options.clock.after(leftMs, this.#onFired);
  };
}
