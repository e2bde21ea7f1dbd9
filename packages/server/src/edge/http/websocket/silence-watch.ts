import type { Clock } from '../../../domain/clock.ts';
import type { HttpLimits } from '../http-limits.ts';

/** A visitor's WebSocket as whoever watches it sees it. */
export interface WatchedVisitor {
  /** True: it is us who do not listen. */
  readonly isHeldUp: boolean;
  ping(): void;
  /** He gives no sign any more. */
  lost(): void;
}

export interface SilenceWatchDeps {
  readonly clock: Clock;
  readonly limits: Pick<HttpLimits, 'webSocketPingMs' | 'maxUnansweredPings'>;
}

/**
 * Asks a silent visitor now and then whether he is still there: his service's connection is kept for him alone, and many a
 * device on the way forgets connections that rest.
 */
export class SilenceWatch {
  readonly #visitor: WatchedVisitor;
  readonly #deps: SilenceWatchDeps;
  #hasHeard = false;
  #unanswered = 0;
  #cancelTimer: () => void;

  constructor(visitor: WatchedVisitor, deps: SilenceWatchDeps) {
    this.#visitor = visitor;
    this.#deps = deps;
    this.#cancelTimer = this.#next();
  }

  /** He sent something, or took something. */
  heard(): void {
    this.#hasHeard = true;
  }

  stop(): void {
    this.#cancelTimer();
  }

  #next(): () => void {
    const { clock, limits } = this.#deps;
    return clock.after(limits.webSocketPingMs, () => {
      this.#cancelTimer = this.#next();
      this.#look(limits.maxUnansweredPings);
    });
  }

  #look(maxUnanswered: number): void {
    if (this.#hasHeard || this.#visitor.isHeldUp) {
      this.#hasHeard = false;
      this.#unanswered = 0;
    } else if (this.#unanswered++ < maxUnanswered) this.#visitor.ping();
    else this.#visitor.lost();
  }
}
