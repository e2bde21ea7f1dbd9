import type { Duplex } from 'node:stream';
import type { Clock } from '../../../domain/clock.ts';
import type { HttpLimits } from '../http-limits.ts';
import type { VisitorInput } from './visitor-input.ts';

/**
 * Ends our side of a connection; Node closes it when the visitor has ended his as well. What he still sends is read and
 * thrown away for a while: closing over unread bytes makes TCP drop the answer that he has not read yet (RFC 9112 §9.6).
 */
export class LingeringEnd {
  readonly #stream: Duplex;
  readonly #input: VisitorInput;
  readonly #clock: Clock;
  readonly #limits: HttpLimits;
  #dropBytes = 0;
  #cancel: (() => void) | null = null;

  constructor(stream: Duplex, input: VisitorInput, { clock, limits }: { clock: Clock; limits: HttpLimits }) {
    this.#stream = stream;
    this.#input = input;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** @param dropBytes How much is thrown away; what comes beyond is told to the host of the input. */
  begin(dropBytes: number): void {
    this.#dropBytes = dropBytes;
    this.#destroyIn(this.#limits.writeStallTimeoutMs);
    this.#stream.end(this.#onFinished);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  readonly #onFinished = (): void => {
    if (this.#stream.destroyed) return;
    this.#input.drop(this.#dropBytes);
    this.#destroyIn(this.#limits.discardTimeoutMs);
  };

  #destroyIn(delayMs: number): void {
    this.stop();
    this.#cancel = this.#clock.after(delayMs, () => this.#stream.destroy());
  }
}
