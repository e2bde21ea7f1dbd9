import { AditError } from '@adit/contracts';
import { errorCodes } from '../protocol.ts';
import type { HeldBudget, Holder } from './held-budget.ts';
import type { MuxTimer } from './profiles.ts';

/** A stream, as far as it holds bytes. */
interface HeldStream {
  /** Calls and heartbeats: they never pay. */
  readonly isUrgent: boolean;
  readonly heldBytes: number;
  /** What it costs: bytes, and how long they have waited. */
  burdenAt(nowMs: number): number;
  resetWith(code: number, error: AditError): void;
}

interface HeldBytesOptions {
  /** Of all streams; beyond it a proxied one is given up. */
  readonly maxBytes: number;
  /** All that are open on the wire. */
  readonly table: { values(): Iterable<HeldStream> };
  readonly timer: MuxTimer;
  /** Null: this session is bounded by itself alone. */
  readonly budget: HeldBudget | null;
}

/** What one session has received and nobody has read: who pays when it is too much. */
export class HeldBytes implements Holder {
  readonly #options: HeldBytesOptions;
  /** Over on the wire, with bytes to read. */
  readonly #lingering = new Set<HeldStream>();
  #proxiedBytes = 0;
  #allBytes = 0;
  #isSessionOver = false;

  constructor(options: HeldBytesOptions) {
    this.#options = options;
    options.budget?.enter(this);
  }

  /** Of proxied streams. */
  get heldBytes(): number {
    return this.#proxiedBytes;
  }

  /** Of all streams, calls and heartbeats included. */
  get allBytes(): number {
    return this.#allBytes;
  }

  /** True while session and process hold at most half of what they may. */
  get isEasy(): boolean {
    const { maxBytes, budget } = this.#options;
    return this.#allBytes * 2 <= maxBytes && (budget === null || budget.isEasy);
  }

  /** A stream holds so many bytes more, or less; its own count already says so. */
  add(core: HeldStream, difference: number): void {
    this.#allBytes += difference;
    if (core.isUrgent) return;
    this.#proxiedBytes += difference;
    if (difference < 0 && core.heldBytes === 0 && this.#lingering.delete(core)) this.#leaveIfDone();
    this.#options.budget?.add(difference);
    if (difference > 0) this.#shedWhatIsTooMuch();
  }

  /** The stream is over on the wire, but what it holds can still be read. */
  keep(core: HeldStream): void {
    if (!core.isUrgent && core.heldBytes > 0) this.#lingering.add(core);
  }

  /**
   * The stream pays for all that costs most: fullest, and longest without a reader. One that is read as fast as a visitor
   * can take it may be full, too, and is not to pay for others that stall. Calls and heartbeats never do.
   */
  shed(): void {
    const nowMs = this.#options.timer.now();
    let heaviest: HeldStream | null = null;
    let most = 0;
    for (const cores of [this.#options.table.values(), this.#lingering]) {
      for (const core of cores) {
        const burden = core.isUrgent ? 0 : core.burdenAt(nowMs);
        if (burden <= most) continue;
        heaviest = core;
        most = burden;
      }
    }
    heaviest?.resetWith(errorCodes.enhanceYourCalm, new AditError(9005, 'The stream was given up: it is not read'));
  }

  /** The session is over: nothing more is received. */
  close(): void {
    this.#isSessionOver = true;
    this.#leaveIfDone();
  }

  #shedWhatIsTooMuch(): void {
    while (this.#allBytes > this.#options.maxBytes) {
      const before = this.#allBytes;
      this.shed();
      // Only calls are left.
      if (this.#allBytes >= before) return;
    }
  }

  #leaveIfDone(): void {
    if (this.#isSessionOver && this.#lingering.size === 0) this.#options.budget?.leave(this);
  }
}
