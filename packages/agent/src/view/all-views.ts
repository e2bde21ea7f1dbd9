import type { AditError } from '@adit/contracts';
import type { ConnectionEvent, ForwardEvent, SessionStatus } from '@adit/sdk';
import type { Output } from '../command.ts';
import { type AgentView, errorText, restartFailure, type ViewedEndpoint, type ViewedRequest } from './agent-view.ts';
import type { Hide } from './plain-text.ts';

export interface AllViewsOptions {
  readonly stderr: Output;
  readonly hide: Hide;
  /** True: no view that the user sees tells warnings, so they go to standard error as well. */
  readonly tellsWarnings: boolean;
}

/** Tells each of several views, and the user on standard error how it ended if that was not in order. */
export class AllViews implements AgentView {
  readonly #views: readonly AgentView[];
  readonly #options: AllViewsOptions;
  #isOver = false;

  constructor(views: readonly AgentView[], options: AllViewsOptions) {
    this.#views = views;
    this.#options = options;
  }

  status(status: SessionStatus): void {
    for (const view of this.#views) view.status(status);
  }
  endpoint(endpoint: ViewedEndpoint): void {
    for (const view of this.#views) view.endpoint(endpoint);
  }
  forward(event: ForwardEvent): void {
    for (const view of this.#views) view.forward(event);
  }
  connection(event: ConnectionEvent): void {
    for (const view of this.#views) view.connection(event);
  }
  roundTrip(milliseconds: number): void {
    for (const view of this.#views) view.roundTrip(milliseconds);
  }
  inspector(url: string): void {
    for (const view of this.#views) view.inspector(url);
  }
  request(request: ViewedRequest): void {
    for (const view of this.#views) view.request(request);
  }

  restarted(error: AditError | null): void {
    for (const view of this.#views) view.restarted(error);
    const { stderr, hide, tellsWarnings } = this.#options;
    if (error && tellsWarnings) stderr.write(hide(`adit: ${restartFailure(error)}\n`));
  }

  warning(text: string): void {
    const { stderr, hide, tellsWarnings } = this.#options;
    for (const view of this.#views) view.warning(text);
    if (tellsWarnings) stderr.write(hide(`adit: ${text}\n`));
  }

  end(error: AditError | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const view of this.#views) view.end(error);
    if (error) this.#options.stderr.write(this.#options.hide(errorText(error)));
  }
}
