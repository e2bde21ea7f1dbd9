import { AditError } from '@adit/contracts';
import type { Clock } from '../../../domain/clock.ts';

/** A request whose content the upstream does not take. */
export interface StalledUpload {
  fail(error: AditError, isStale: boolean): void;
}

/**
 * The requests of a connection whose content waits for the upstream: each fails that has waited too long. One timer for
 * all, set again when it finds younger ones: a fast upload stalls for a moment with every other piece.
 */
export class StalledUploads {
  readonly #clock: Clock;
  readonly #limitMs: number;
  /** Since when. In the order in which they stalled. */
  readonly #sinceMs = new Map<StalledUpload, number>();
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  began(upload: StalledUpload): void {
    if (!this.#sinceMs.has(upload)) this.#sinceMs.set(upload, this.#clock.now());
    this.#cancel ??= this.#clock.after(this.#limitMs, this.#onFired);
  }

  /** The upstream has taken all that waited, or nobody waits any more. */
  ended(upload: StalledUpload): void {
    this.#sinceMs.delete(upload);
  }

  /** For good. */
  stop(): void {
    this.#sinceMs.clear();
    this.#cancel?.();
    this.#cancel = null;
  }

  readonly #onFired = (): void => {
    this.#cancel = null;
    for (const [upload, sinceMs] of this.#sinceMs) {
      const leftMs = sinceMs + this.#limitMs - this.#clock.now();
      if (leftMs > 0) {
        this.#cancel = this.#clock.after(leftMs, this.#onFired);
        return;
      }
      this.#sinceMs.delete(upload);
      upload.fail(new AditError(9001, 'Cannot send the request: the service does not take its content'), false);
    }
  };
}
