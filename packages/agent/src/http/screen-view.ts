import type { AditError } from '@adit/contracts';
import type { Clock, ConnectionEvent, ForwardEvent, SessionStatus } from '@adit/sdk';
import type { CommandIo, Output } from '../command.ts';
import { errorText, type HttpView } from './http-view.ts';
import { renderScreen, renderUrl, type ScreenSize, type ScreenState } from './screen.ts';

/** Replaces the text it drew before. */
export interface Redraw {
  (text: string): void;
  /** Leaves the last text standing. */
  done(): void;
}

export interface ScreenViewOptions extends Pick<CommandIo, 'stdout' | 'stderr' | 'env'> {
  readonly upstreamUrl: string;
  readonly clock: Clock;
  /** Loads the drawing library: when the URL has been printed, not before. */
  loadRedraw(stdout: Output): Promise<Redraw>;
}

const redrawIntervalMs = 250;
const defaultColumns = 80;

/** The live screen: quiet, drawn when something changed and at most four times a second. */
export class ScreenView implements HttpView {
  readonly #options: ScreenViewOptions;
  #state: ScreenState;
  #url = '';
  #redraw: Redraw | undefined;
  #isLoading = false;
  #isOver = false;
  #cancelDraw: (() => void) | undefined;

  constructor(options: ScreenViewOptions) {
    this.#options = options;
    this.#state = {
      status: { state: 'connecting' },
      account: '',
      upstreamUrl: options.upstreamUrl,
      roundTripMs: null,
      openConnections: 0,
      totalConnections: 0,
      problem: null,
    };
  }

  status(status: SessionStatus): void {
    this.#change(status.state === 'online' ? { status, account: status.account } : { status });
  }

  forward(event: ForwardEvent): void {
    if (event.state === 'waiting') return this.#change({ problem: event.error });
    if (event.state !== 'online') return;
    if (event.url !== this.#url) this.#printUrl(event.url);
    this.#change({ problem: null });
  }

  connection({ state, error }: ConnectionEvent): void {
    const { openConnections: open, totalConnections: total } = this.#state;
    if (state === 'opened') return this.#change({ openConnections: open + 1, totalConnections: total + 1 });
    this.#change({ openConnections: open - 1, problem: error });
  }

  roundTrip(roundTripMs: number): void {
    this.#change({ roundTripMs });
  }

  warning(text: string): void {
    this.#options.stderr.write(`adit: ${text}\n`);
  }

  end(error: AditError | null): void {
    this.#cancelDraw?.();
    if (this.#redraw) this.#draw();
    this.#isOver = true;
    this.#redraw?.done();
    if (error) this.#options.stderr.write(errorText(error));
  }

  #printUrl(url: string): void {
    this.#url = url;
    // What is drawn stays above as it was; the live part starts anew below the URL.
    this.#redraw?.done();
    this.#options.stdout.write(renderUrl(url, this.#size()));
    if (!this.#isLoading) void this.#load();
  }

  async #load(): Promise<void> {
    this.#isLoading = true;
    this.#redraw = await this.#options.loadRedraw(this.#options.stdout);
    this.#schedule();
  }

  #change(change: Partial<ScreenState>): void {
    this.#state = { ...this.#state, ...change };
    this.#schedule();
  }

  #schedule(): void {
    if (!this.#redraw || this.#isOver || this.#cancelDraw) return;
    this.#cancelDraw = this.#options.clock.after(redrawIntervalMs, () => this.#draw());
  }

  #draw(): void {
    this.#cancelDraw = undefined;
    if (!this.#isOver) this.#redraw?.(renderScreen(this.#state, this.#size()));
  }

  #size(): ScreenSize {
    const { stdout, env } = this.#options;
    const hasColour = !env['NO_COLOR'] && env['TERM'] !== 'dumb';
    return { columns: stdout.columns ?? defaultColumns, hasColour };
  }
}
