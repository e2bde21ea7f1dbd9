import { LoopDelay } from './loop-delay.ts';
import type { GaugeName, MetricsSnapshot } from './metrics-snapshot.ts';

/** Counts since the server started. Recording costs one look-up in a map; the text is made when somebody asks. */
export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #denials = new Map<string, number>();
  readonly #gauges = new Map<GaugeName, () => number>();
  readonly #loopDelay = new LoopDelay();
  #activeStreams = 0;

  /** A visitor's request is over. @param status The HTTP status the visitor got; 0: none. */
  requestEnded(status: number): void {
    increment(this.#requests, status === 0 ? 'none' : `${Math.floor(status / 100)}xx`);
  }

  /** A chain refused a visitor. @param reason The decision's reason code, never text from a request. */
  denied(reason: string): void {
    increment(this.#denials, reason);
  }

  /** A stream for a visitor's request was opened (+1) or is over (-1). */
  activeStreams(change: 1 | -1): void {
    this.#activeStreams += change;
  }

  /** Says where a gauge's value comes from. Until somebody does, the gauge is not shown. */
  gauge(name: GaugeName, read: () => number): void {
    this.#gauges.set(name, read);
  }

  /** Everything as it is now. Loop delay is in seconds, since the last time somebody asked. */
  snapshot(): MetricsSnapshot {
    return {
      requests: [...this.#requests],
      denials: [...this.#denials],
      gauges: [...this.#gauges].map(([name, read]) => [name, read()]),
      activeStreams: this.#activeStreams,
      loopDelay: this.#loopDelay.look(),
    };
  }

  /** The Prometheus text. The library that writes it is loaded on the first call: its import is slow at start-up. */
  async render(): Promise<{ contentType: string; body: string }> {
    const { renderPrometheus } = await import('./render-prometheus.ts');
    return renderPrometheus(this.snapshot());
  }

  close(): void {
    this.#loopDelay.close();
  }
}

export function createMetrics(): Metrics {
  return new Metrics();
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
