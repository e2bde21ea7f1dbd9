import type { MuxProfile, MuxTimer } from './profiles.ts';
import type { RoundTrip } from './round-trip.ts';

interface WindowRuleOptions {
  readonly profile: Pick<MuxProfile, 'initialWindowBytes' | 'maxWindowBytes'>;
  readonly timer: MuxTimer;
  /** Whether memory is plenty. */
  readonly held: { readonly isEasy: boolean };
  /** Null: the dialect has no PING, and its windows do not grow. */
  readonly roundTrip: RoundTrip | null;
}

/** What both sides' event loops add to the way when they are busy, which a measure in a quiet moment does not show. */
const busyMs = 2;
/** A peer that answers PINGs late to look far away gains no more than this. */
const maxRoundTripMs = 1_000;
/** A young stream starts with the window that others of its session came to need, up to this. */
const maxOpeningBytes = 1024 * 1024;

/**
 * How large the windows of a session's proxied streams may be. A window too small for the way stops the sender once per
 * round trip, so it grows while half of it is used up within one: it ends at two to four times what is under way. A slow
 * reader does not use up half a window in a round trip, so its window stays small; and no window grows while the session,
 * or the process, holds more than half of the unread bytes it may hold.
 */
export class WindowRule {
  readonly #options: WindowRuleOptions;
  #openingBytes: number;

  constructor(options: WindowRuleOptions) {
    this.#options = options;
    this.#openingBytes = options.profile.initialWindowBytes;
  }

  get initialBytes(): number {
    return this.#options.profile.initialWindowBytes;
  }

  /** False: every window stays as the dialect says. */
  get canGrow(): boolean {
    return this.#options.profile.maxWindowBytes > this.initialBytes && this.#options.roundTrip !== null;
  }

  /** Half a window used up within this time makes it grow, in milliseconds. Negative: never, the way is not yet known. */
  get growWithinMs(): number {
    const leastMs = this.#options.roundTrip?.leastMs ?? Number.POSITIVE_INFINITY;
    return leastMs === Number.POSITIVE_INFINITY ? -1 : Math.min(leastMs, maxRoundTripMs) + busyMs;
  }

  now(): number {
    return this.#options.timer.now();
  }

  /** A stream begins, or bulk flows: a good moment to measure the way again. */
  noteUse(): void {
    this.#options.roundTrip?.measure();
  }

  /** What a new stream's window should have beyond the initial one: what its session has learned. */
  openingExtra(): number {
    const extra = this.#openingBytes - this.initialBytes;
    return extra > 0 && this.#options.held.isEasy ? extra : 0;
  }

  /** By how much a window of that size may grow now, to become `factor` times as large at most. */
  growthOf(windowBytes: number, factor: number): number {
    const growth = Math.min(windowBytes * factor, this.#options.profile.maxWindowBytes) - windowBytes;
    if (growth <= 0 || !this.#options.held.isEasy) return 0;
    this.#openingBytes = Math.max(this.#openingBytes, Math.min(windowBytes + growth, maxOpeningBytes));
    return growth;
  }
}
