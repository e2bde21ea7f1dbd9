import type { Clock } from '../../../domain/clock.ts';
import type { HttpLimits } from '../http-limits.ts';
import type { AnswerWriter } from './answer-writer.ts';
import { ConnectionTimer, type DeadlineSource } from './connection-timer.ts';
import type { Http1Exchange } from './http1-exchange.ts';

/** What the deadlines depend on, and who acts when one has passed. */
export interface DeadlineHost {
  readonly writer: AnswerWriter;
  readonly exchange: Http1Exchange | null;
  readonly hasVisitorEnded: boolean;
  /** The time given with `begin` is over. */
  onStepDue(): void;
  /** Content that is wanted did not come. */
  onBodyDue(): void;
  /** The visitor takes nothing, or is gone. */
  onStalled(): void;
}

/** The time limits of an open connection. Each is worked out when the timer fires, not when it begins. */
export class ConnectionDeadlines implements DeadlineSource {
  readonly #clock: Clock;
  readonly #limits: HttpLimits;
  readonly #host: DeadlineHost;
  readonly #timer: ConnectionTimer;
  /** Of a head that began, or of content that is thrown away: never both at once. */
  #stepDueMs = Infinity;
  /** When content last came or was asked for, or the visitor ended his side. */
  #inputAtMs = 0;
  #isStopped = false;

  constructor({ clock, limits }: { clock: Clock; limits: HttpLimits }, host: DeadlineHost) {
    this.#clock = clock;
    this.#limits = limits;
    this.#host = host;
    this.#timer = new ConnectionTimer(clock, this);
  }

  /** A step began that has its own deadline. */
  get isStepTimed(): boolean {
    return this.#stepDueMs !== Infinity;
  }

  begin(stepMs: number): void {
    this.#stepDueMs = this.#clock.now() + stepMs;
    this.#timer.watch(this.#stepDueMs);
  }

  /** The step is done. */
  finish(): void {
    this.#stepDueMs = Infinity;
  }

  /** Content came. */
  inputCame(): void {
    this.#inputAtMs = this.#clock.now();
  }

  /** Content is wanted, or the visitor has ended his side. */
  inputChanged(): void {
    this.inputCame();
    this.#timer.watch(this.dueMs());
  }

  /** Bytes began to wait for the visitor. */
  writingBegan(): void {
    this.#timer.watch(this.#stallDueMs());
  }

  answerEnded(): void {
    this.#timer.watch(this.dueMs());
  }

  /** For good. */
  stop(): void {
    this.#isStopped = true;
    this.#timer.stop();
  }

  dueMs(): number {
    if (this.#isStopped) return Infinity;
    const { exchange, writer } = this.#host;
    const dueMs = writer.isDrained ? this.#stepDueMs : Math.min(this.#stepDueMs, this.#stallDueMs());
    return exchange === null ? dueMs : Math.min(dueMs, this.#bodyDueMs(exchange), this.#halfClosedDueMs(exchange));
  }

  onDue(): void {
    const nowMs = this.#clock.now();
    const { exchange } = this.#host;
    if (this.#stepDueMs <= nowMs) {
      this.finish();
      this.#host.onStepDue();
    } else if (exchange !== null && this.#bodyDueMs(exchange) <= nowMs) this.#host.onBodyDue();
    else this.#host.onStalled();
  }

  #stallDueMs(): number {
    return this.#host.writer.activeAtMs + this.#limits.writeStallTimeoutMs;
  }

  /** An answer that has begun may take its time, and so may the request beside it. */
  #bodyDueMs(exchange: Http1Exchange): number {
    const isTimed = exchange.isReceiving && (!exchange.isAnswered || exchange.isEnded);
    return isTimed ? this.#inputAtMs + this.#limits.bodyIdleTimeoutMs : Infinity;
  }

  /** Whoever has ended his side may be gone: only what is written to him could tell. */
  #halfClosedDueMs(exchange: Http1Exchange): number {
    if (!this.#host.hasVisitorEnded || !exchange.isAnswered) return Infinity;
    return Math.max(this.#inputAtMs + this.#limits.writeStallTimeoutMs, this.#stallDueMs());
  }
}
