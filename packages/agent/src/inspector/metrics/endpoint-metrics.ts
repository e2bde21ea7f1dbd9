import { MovingRate } from './moving-rate.ts';

const nanosecondsPerMs = 1e6;
const percentiles = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;

/** Rates are per second, percentiles of durations nanoseconds. */
export interface RateFacts {
  readonly count: number;
  readonly rate1: number;
  readonly rate5: number;
  readonly rate15: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
}

export interface MetricFacts {
  /** `gauge`: connections that are open. */
  readonly conns: RateFacts & { readonly gauge: number };
  readonly http: RateFacts;
}

/** Numbers of one endpoint since the agent started. */
export class EndpointMetrics {
  readonly #connections: Samples;
  readonly #requests: Samples;
  #open = 0;

  constructor(now: () => number, maxSamples: number) {
    this.#connections = new Samples(now, maxSamples);
    this.#requests = new Samples(now, maxSamples);
  }

  opened(): void {
    this.#open++;
    this.#connections.rate.mark();
  }

  closed(durationMs: number): void {
    this.#open--;
    this.#connections.add(durationMs);
  }

  requestBegan(): void {
    this.#requests.rate.mark();
  }

  requestEnded(durationMs: number): void {
    this.#requests.add(durationMs);
  }

  facts(): MetricFacts {
    return { conns: { ...this.#connections.facts(), gauge: this.#open }, http: this.#requests.facts() };
  }
}

class Samples {
  readonly rate: MovingRate;
  readonly #durationsMs: number[] = [];
  readonly #maxSamples: number;
  #at = 0;

  constructor(now: () => number, maxSamples: number) {
    this.rate = new MovingRate(now);
    this.#maxSamples = maxSamples;
  }

  add(durationMs: number): void {
    this.#durationsMs[this.#at] = durationMs;
    this.#at = (this.#at + 1) % this.#maxSamples;
  }

  facts(): RateFacts {
    const sorted = this.#durationsMs.toSorted((one, other) => one - other);
    const at = (share: number): number =>
      (sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0) * nanosecondsPerMs;
    const [rate1, rate5, rate15] = this.rate.rates();
    const { p50, p90, p95, p99 } = percentiles;
    return { count: this.rate.count, rate1, rate5, rate15, p50: at(p50), p90: at(p90), p95: at(p95), p99: at(p99) };
  }
}
