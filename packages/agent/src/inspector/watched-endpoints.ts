import type { Clock, ConnectionTap, Tap } from '@adit/sdk';
import type { WatchedEndpoint } from './agent-facts.ts';
import type { Capture, CaptureOrigin } from './capture/capture.ts';
import type { CaptureStore } from './capture/capture-store.ts';
import { ConnectionCapture, type ConnectionCaptureOptions } from './capture/connection-capture.ts';
import type { Http2Capture, Http2CaptureOptions } from './http2/http2-capture.ts';
import type { InspectorLimits } from './inspector-limits.ts';
import { EndpointMetrics, type MetricFacts } from './metrics/endpoint-metrics.ts';

/** What sees the bytes of one connection. */
export interface TappedCapture extends ConnectionTap {
  /** Nothing is awaited: every request that began has its answer, or will not get it. */
  readonly isSettled: boolean;
}

export interface WatchedEndpointsOptions {
  readonly store: CaptureStore;
  readonly clock: Clock;
  readonly limits: InspectorLimits;
  /** False: connections are counted only. */
  readonly isCapturing: boolean;
  /** A request of a visitor is over. Not asked about replays. */
  ended(capture: Capture): void;
}

interface Watched {
  readonly endpoint: WatchedEndpoint;
  readonly metrics: EndpointMetrics;
}

/** One endpoint as the inspector sees it. */
export interface Watch {
  /** For the forward of this endpoint. */
  readonly tap: Tap;
  /** The endpoint is gone; its captures stay, but cannot be replayed. */
  close(): void;
}

/** The endpoints of this agent, by name: who looks at their connections, what was counted, and how to reach upstreams. */
export class WatchedEndpoints {
  readonly #options: WatchedEndpointsOptions;
  /** Under one name, the latest is last: in a restart the old one goes on until the new one has come online. */
  readonly #byName = new Map<string, Watched[]>();
  /** Loaded for the first endpoint that speaks it. */
  #http2: typeof Http2Capture | undefined;

  constructor(options: WatchedEndpointsOptions) {
    this.#options = options;
  }

  /** An endpoint of the same name is hidden for as long as this one is watched. */
  async add(endpoint: WatchedEndpoint): Promise<Watch> {
    if (endpoint.speaks === 'http2') this.#http2 ??= (await import('./http2/http2-capture.ts')).Http2Capture;
    const { clock, limits } = this.#options;
    const entry = { endpoint, metrics: new EndpointMetrics(() => clock.now(), limits.metricSamples) };
    this.#byName.set(endpoint.name, [...(this.#byName.get(endpoint.name) ?? []), entry]);
    return {
      tap: ({ clientAddress }) => this.#tap(entry, clientAddress),
      close: () => this.#remove(entry),
    };
  }

  get(name: string): WatchedEndpoint | undefined {
    return this.#byName.get(name)?.at(-1)?.endpoint;
  }

  metrics(name: string): MetricFacts | null {
    return this.#byName.get(name)?.at(-1)?.metrics.facts() ?? null;
  }

  /** Sees a connection that repeats a request. */
  replayCapture(of: Capture, endpointName: string): TappedCapture {
    const origin = { endpointName, remoteAddress: 'replay', replayOf: of.id };
    return this.#capture(origin, { metrics: null, isHttp2: of.request.head.version === '2' });
  }

  #remove(entry: Watched): void {
    const { name } = entry.endpoint;
    const others = this.#byName.get(name)?.filter((one) => one !== entry) ?? [];
    if (others.length === 0) this.#byName.delete(name);
    else this.#byName.set(name, others);
  }

  #tap({ endpoint, metrics }: Watched, address: string): ConnectionTap {
    const { clock, isCapturing } = this.#options;
    const startMs = clock.now();
    metrics.opened();
    const origin = { endpointName: endpoint.name, remoteAddress: address, replayOf: null };
    const isHttp2 = endpoint.speaks === 'http2';
    const capture = endpoint.isInspected && isCapturing ? this.#capture(origin, { metrics, isHttp2 }) : null;
    return {
      fromVisitor: (bytes) => capture?.fromVisitor(bytes),
      fromUpstream: (bytes) => capture?.fromUpstream(bytes),
      closed: (error) => {
        metrics.closed(clock.now() - startMs);
        capture?.closed(error);
      },
    };
  }

  #capture(
    from: Omit<CaptureOrigin, 'proxyHeader'>,
    { metrics, isHttp2 }: { metrics: EndpointMetrics | null; isHttp2: boolean },
  ): TappedCapture {
    const { store, clock, limits, ended } = this.#options;
    let origin: CaptureOrigin | undefined;
    const options: ConnectionCaptureOptions & Http2CaptureOptions = {
      limits,
      now: () => clock.now(),
      begin: (head, proxyHeader) => {
        metrics?.requestBegan();
        origin ??= { ...from, proxyHeader };
        return store.begin(origin, head, clock.now());
      },
      changed: (capture) => store.changed(capture),
      ended: (capture) => {
        if (metrics === null) return;
        metrics.requestEnded(capture.durationMs ?? 0);
        ended(capture);
      },
    };
    return isHttp2 && this.#http2 ? new this.#http2(options) : new ConnectionCapture(options);
  }
}
