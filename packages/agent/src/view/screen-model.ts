import type { ConnectionEvent, ForwardEvent, SessionStatus } from '@adit/sdk';
import type { ViewedEndpoint, ViewedRequest } from './agent-view.ts';
import { placeText } from './endpoint-place.ts';
import type { Hide } from './plain-text.ts';
import type { ScreenState, ShownEndpoint } from './screen-state.ts';
import { defaultViewLimits as limits } from './view-limits.ts';
import { type EndpointState, ViewedEndpoints } from './viewed-endpoints.ts';

/** What the screen remembers of what it was told. Time is handed in: it has no clock. */
export class ScreenModel {
  readonly #endpoints = new ViewedEndpoints();
  readonly #hide: Hide;
  #status: SessionStatus = { state: 'connecting' };
  #account = '';
  #serverVersion = '';
  #retryAtMs = 0;
  #roundTripMs: number | null = null;
  #inspectorUrl: string | null = null;
  #open = 0;
  #total = 0;
  #requests: ViewedRequest[] = [];

  constructor(hide: Hide) {
    this.#hide = hide;
  }

  /** True: the screen shows a number that falls by itself. */
  get isCountingDown(): boolean {
    return this.#status.state === 'reconnecting';
  }

  /** Labels are nothing that a visitor could open. */
  get firstUrl(): string | undefined {
    return this.#endpoints.all.find(({ url }) => url !== '')?.url;
  }

  status(status: SessionStatus, nowMs: number): void {
    this.#status = status;
    if (status.state === 'reconnecting') this.#retryAtMs = nowMs + status.retryInMs;
    if (status.state === 'online') {
      this.#account = status.account;
      this.#serverVersion = status.serverVersion;
    } else {
      this.#roundTripMs = null;
    }
  }

  endpoint(endpoint: ViewedEndpoint): void {
    this.#endpoints.add(endpoint);
  }

  /** Answers the URL if it is a new one. */
  forward(event: ForwardEvent): string | undefined {
    const known = this.#endpoints.find(event.id);
    if (!known) return undefined;
    if (event.state === 'closed') this.#endpoints.remove(event.id);
    known.refusal = event.state === 'waiting' ? event.error : null;
    if (event.state !== 'online' || event.url === known.url) return undefined;
    known.url = event.url;
    return event.url;
  }

  connection({ state, forwardId, error }: ConnectionEvent): void {
    if (state === 'opened') this.#total++;
    if (state === 'opened') this.#open++;
    if (state === 'closed') this.#open--;
    const known = this.#endpoints.find(forwardId);
    if (known && (error !== null || state === 'reached')) known.upstreamError = error;
  }

  roundTrip(milliseconds: number): void {
    this.#roundTripMs = milliseconds;
  }

  inspector(url: string): void {
    this.#inspectorUrl = url;
  }

  request({ method, path, status, durationMs }: ViewedRequest): void {
    this.#requests.unshift({ method, path: this.#hide(path), status, durationMs });
    this.#requests.length = Math.min(this.#requests.length, limits.maxRequests);
  }

  state(nowMs: number, facts: { silentMs: number | null; hasQr: boolean }): ScreenState {
    return {
      ...facts,
      status: this.#status,
      retryInMs: Math.max(0, this.#retryAtMs - nowMs),
      account: this.#hide(this.#account),
      serverVersion: this.#serverVersion,
      roundTripMs: this.#roundTripMs,
      inspectorUrl: this.#inspectorUrl,
      endpoints: this.#endpoints.all.map((endpoint) => this.#shown(endpoint)),
      openConnections: this.#open,
      totalConnections: this.#total,
      requests: this.#requests,
    };
  }

  #shown({ endpoint, refusal, upstreamError }: EndpointState): ShownEndpoint {
    const problem = refusal ?? upstreamError;
    return {
      name: endpoint.name,
      url: this.#hide(placeText(endpoint)),
      upstreamUrl: this.#hide(endpoint.upstreamUrl),
      problem: problem && this.#hide(problem.message),
    };
  }
}
