import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** How often the loop is asked to come by; what it takes longer is delay. */
const tickMs = 20;

type Histogram = Pick<IntervalHistogram, 'count' | 'max' | 'percentile' | 'reset' | 'enable' | 'disable'>;

/** How much later than it should the event loop came by: what everybody who wants something of it waits for. */
export class LoopDelay {
  readonly #histogram: Histogram;

  constructor(histogram: Histogram = monitorEventLoopDelay({ resolution: tickMs })) {
    this.#histogram = histogram;
    histogram.enable();
  }

  /** Seconds, since the last look. */
  look(): { p50: number; p99: number; max: number } {
    const histogram = this.#histogram;
    // Node counts whole intervals, the wait for the tick included: an idle loop would seem 20 ms late.
    const seconds = (nanoseconds: number) =>
      histogram.count === 0 ? 0 : Math.max(0, nanoseconds / 1e9 - tickMs / 1000);
    const delay = {
      p50: seconds(histogram.percentile(50)),
      p99: seconds(histogram.percentile(99)),
      max: seconds(histogram.max),
    };
    histogram.reset();
    return delay;
  }

  close(): void {
    this.#histogram.disable();
  }
}
