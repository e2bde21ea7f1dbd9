import type { Clock } from '@adit/sdk';
import { defaultViewLimits as limits } from './view-limits.ts';

export interface SilenceWatchOptions {
  readonly clock: Clock;
  /** Between two beats of the session. */
  heartbeatIntervalMs(): number;
  /** A beat is late. Called once for each silence. */
  onSilence(silentMs: number): void;
}

/** Notices that the link has fallen silent, before the session gives it up. */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  #lastBeatMs = 0;
  #isSilent = false;
  #cancel: (() => void) | undefined;

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
  }

  /** Milliseconds since the last beat; null: it is not late. */
  get silentMs(): number | null {
    return this.#isSilent ? this.#options.clock.now() - this.#lastBeatMs : null;
  }

  /** The session is online, or a beat came back. */
  beat(): void {
    const { clock, heartbeatIntervalMs, onSilence } = this.#options;
    this.stop();
    this.#lastBeatMs = clock.now();
    const afterMs = heartbeatIntervalMs() + limits.silenceMarginMs;
    this.#cancel = clock.after(afterMs, () => {
      this.#isSilent = true;
      onSilence(clock.now() - this.#lastBeatMs);
    });
  }

  /** There is no link that could be silent. */
  stop(): void {
    this.#cancel?.();
    this.#isSilent = false;
  }
}
