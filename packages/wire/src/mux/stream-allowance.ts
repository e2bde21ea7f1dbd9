import type { MuxProfile, MuxTimer } from './profiles.ts';

/**
 * How many more streams the client may open (a token bucket). A limit on open streams alone does not bound them: a stream
 * that is reset at once is open no more, but the work it made is ours.
 */
export class StreamAllowance {
  readonly #profile: Pick<MuxProfile, 'clientStreamBurst' | 'clientStreamsPerSecond'>;
  readonly #timer: MuxTimer;
  #left: number;
  #filledAtMs: number;

  constructor(profile: Pick<MuxProfile, 'clientStreamBurst' | 'clientStreamsPerSecond'>, timer: MuxTimer) {
    this.#profile = profile;
    this.#timer = timer;
    this.#left = profile.clientStreamBurst;
    this.#filledAtMs = timer.now();
  }

  /** Takes one, if one is left. */
  take(): boolean {
    const nowMs = this.#timer.now();
    // A clock that was set back earns nothing.
    const earned = (Math.max(0, nowMs - this.#filledAtMs) * this.#profile.clientStreamsPerSecond) / 1_000;
    this.#left = Math.min(this.#profile.clientStreamBurst, this.#left + earned);
    this.#filledAtMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
