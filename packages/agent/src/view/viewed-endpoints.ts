import type { AditError } from '@adit/contracts';
import type { ViewedEndpoint } from './agent-view.ts';

/** An endpoint and what is wrong with it. */
export interface EndpointState {
  readonly endpoint: ViewedEndpoint;
  /** Under which it was last shown. */
  url: string;
  /** Of the last connection to its upstream; null: that was well. */
  upstreamError: AditError | null;
  /** Why the server does not take it back; null: it is online. */
  refusal: AditError | null;
}

/** The endpoints of a run, in the order in which they came online, found by the id that they have now. */
export class ViewedEndpoints {
  readonly #states: EndpointState[] = [];

  get all(): readonly EndpointState[] {
    return this.#states;
  }

  add(endpoint: ViewedEndpoint): EndpointState {
    const state = { endpoint, url: endpoint.url, upstreamError: null, refusal: null };
    this.#states.push(state);
    return state;
  }

  find(id: string): EndpointState | undefined {
    return this.#states.find(({ endpoint }) => endpoint.id === id);
  }

  remove(id: string): void {
    const at = this.#states.findIndex(({ endpoint }) => endpoint.id === id);
    if (at >= 0) this.#states.splice(at, 1);
  }
}
