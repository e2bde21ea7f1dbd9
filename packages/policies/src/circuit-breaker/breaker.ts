export interface BreakerSettings {
  /** The share of errors, 0 to 1, above which it opens. */
  readonly errorThreshold: number;
  /** With fewer answers in the window it stays closed. */
  readonly volumeThreshold: number;
  readonly windowMs: number;
  /** How long it stays open before one request may try. */
  readonly trippedMs: number;
}

/** How a request ended; `unknown`: nothing is learnt from it. */
export type Ending = 'right' | 'error' | 'unknown';

const buckets = 10;

interface Bucket {
  startMs: number;
  total: number;
  errors: number;
}

/** Closed: everybody passes. Open: nobody does. Half open: one tries, and decides for all. */
export class Breaker {
  #buckets: Bucket[] = [];
  /** Requests that passed, and are not over. */
  readonly #inside = new WeakSet<object>();
  #openedAtMs: number | null = null;
  /** The one that tries. */
  #trying: object | null = null;
  #triedAtMs = 0;

  isOpen({ trippedMs }: BreakerSettings, nowMs: number): boolean {
    if (this.#openedAtMs === null) return false;
    return nowMs - this.#openedAtMs < trippedMs || this.#isHeldByTry(trippedMs, nowMs);
  }

  /** Answers whether a request may pass: one that did once does again, for the next rule. */
  enter(request: object, settings: BreakerSettings, nowMs: number): boolean {
    if (this.#inside.has(request)) return true;
    if (this.isOpen(settings, nowMs)) return false;
    if (this.#openedAtMs !== null) {
      this.#trying = request;
      this.#triedAtMs = nowMs;
    }
    this.#inside.add(request);
    return true;
  }

  /** A request is over. One that did not pass counts for nothing, nor does any for the second time. */
  ended(request: object, { ending, nowMs }: { ending: Ending; nowMs: number }, settings: BreakerSettings): void {
    if (!this.#inside.delete(request)) return;
    if (this.#openedAtMs !== null) return this.#tried(request, ending, nowMs);
    if (ending === 'unknown') return;
    const bucket = this.#bucketAt(settings.windowMs, nowMs);
    bucket.total++;
    if (ending === 'error') bucket.errors++;
    if (this.#isTripped(settings, nowMs)) this.#open(nowMs);
  }

  /** Whoever tries and never comes back does not keep it shut. */
  #isHeldByTry(trippedMs: number, nowMs: number): boolean {
    return this.#trying !== null && nowMs - this.#triedAtMs < trippedMs;
  }

  #tried(request: object, ending: Ending, nowMs: number): void {
    // Of those that passed before it opened nothing is learned any more.
    if (this.#trying !== request) return;
    this.#trying = null;
    if (ending === 'error') this.#open(nowMs);
    else if (ending === 'right') this.#close();
  }

  #open(nowMs: number): void {
    this.#openedAtMs = nowMs;
    this.#buckets = [];
  }

  #close(): void {
    this.#openedAtMs = null;
    this.#buckets = [];
  }

  #isTripped({ errorThreshold, volumeThreshold, windowMs }: BreakerSettings, nowMs: number): boolean {
    this.#buckets = this.#buckets.filter(({ startMs }) => nowMs - startMs < windowMs);
    const total = this.#buckets.reduce((sum, bucket) => sum + bucket.total, 0);
    const errors = this.#buckets.reduce((sum, bucket) => sum + bucket.errors, 0);
    return total >= volumeThreshold && errors / total > errorThreshold;
  }

  #bucketAt(windowMs: number, nowMs: number): Bucket {
    const widthMs = windowMs / buckets;
    const startMs = nowMs - (nowMs % widthMs);
    const last = this.#buckets.at(-1);
    if (last?.startMs === startMs) return last;
    const bucket = { startMs, total: 0, errors: 0 };
    this.#buckets.push(bucket);
    return bucket;
  }
}
