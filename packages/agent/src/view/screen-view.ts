import type { AditError } from '@adit/contracts';
import type { Clock, ConnectionEvent, ForwardEvent, SessionStatus } from '@adit/sdk';
import type { CommandIo } from '../command.ts';
import { type AgentView, restartFailure, type ViewedEndpoint, type ViewedRequest } from './agent-view.ts';
import { placeText } from './endpoint-place.ts';
import { LiveArea, type TerminalOutput } from './live-area.ts';
import { type Hide, plainText } from './plain-text.ts';
import { renderScreen, renderUrl } from './screen.ts';
import type { ScreenSize } from './screen-line.ts';
import { ScreenModel } from './screen-model.ts';
import { renderQr } from './screen-qr.ts';
import { SilenceWatch } from './silence-watch.ts';
import { type KeySignal, TerminalKeys } from './terminal-keys.ts';
import { defaultViewLimits as limits } from './view-limits.ts';

/** Draws a text as the lines of a QR code, two modules to a character, dark ones as blocks. */
export type DrawQr = (text: string) => Promise<readonly string[]>;

export interface ScreenViewOptions extends Pick<CommandIo, 'stdin' | 'env'> {
  readonly stdout: TerminalOutput;
  readonly clock: Clock;
  heartbeatIntervalMs(): number;
  readonly hide: Hide;
  readonly drawQr?: DrawQr | undefined;
  /** See `TerminalKeysOptions`. */
  onSignal(signal: KeySignal): void;
  readonly isForeground?: (() => boolean) | undefined;
}

const usualColumns = 80;
const usualRows = 24;

/**
 * The live screen: quiet, drawn when something changed and at most four times a second. URLs and warnings go above it, into
 * the scrollback.
 */
export class ScreenView implements AgentView {
  readonly #options: ScreenViewOptions;
  readonly #model: ScreenModel;
  readonly #area: LiveArea;
  readonly #silence: SilenceWatch;
  readonly #keys: TerminalKeys;
  readonly #hasKeys: boolean;
  #qr: { readonly url: string; readonly code: readonly string[] } | null = null;
  #isOver = false;
  #cancelDraw: (() => void) | undefined;

  constructor(options: ScreenViewOptions) {
    this.#options = options;
    this.#model = new ScreenModel(options.hide);
    this.#area = new LiveArea(options.stdout);
    this.#silence = new SilenceWatch({ ...options, onSilence: () => this.#schedule() });
    this.#keys = new TerminalKeys({
      ...options,
      onKey: (key) => void this.#onKey(key),
      onResume: () => {
        this.#area.leave();
        this.#schedule();
      },
    });
    this.#hasKeys = options.drawQr !== undefined && this.#keys.start();
    options.stdout.on('resize', this.#onResize);
  }

  status(status: SessionStatus): void {
    if (status.state === 'online') this.#silence.beat();
    else this.#silence.stop();
    this.#model.status(status, this.#options.clock.now());
    this.#schedule();
  }

  endpoint(endpoint: ViewedEndpoint): void {
    this.#model.endpoint(endpoint);
    this.#print(renderUrl(this.#options.hide(placeText(endpoint)), this.#size()));
  }

  forward(event: ForwardEvent): void {
    const newUrl = this.#model.forward(event);
    if (newUrl === undefined) this.#schedule();
    else this.#print(renderUrl(this.#options.hide(newUrl), this.#size()));
  }

  connection(event: ConnectionEvent): void {
    this.#model.connection(event);
    this.#schedule();
  }

  roundTrip(milliseconds: number): void {
    if (!this.#isOver) this.#silence.beat();
    this.#model.roundTrip(milliseconds);
    this.#schedule();
  }

  inspector(url: string): void {
    this.#model.inspector(url);
    this.#schedule();
  }

  request(request: ViewedRequest): void {
    this.#model.request(request);
    this.#schedule();
  }

  restarted(error: AditError | null): void {
    if (error) this.warning(restartFailure(error));
  }

  warning(text: string): void {
    this.#print(`adit: ${plainText(this.#options.hide(text))}\n`);
  }

  end(): void {
    if (this.#isOver) return;
    this.#cancelDraw?.();
    this.#silence.stop();
    this.#keys.stop();
    this.#options.stdout.off('resize', this.#onResize);
    this.#qr = null;
    this.#draw();
    this.#isOver = true;
  }

  readonly #onResize = (): void => {
    this.#area.clear();
    this.#schedule();
  };

  async #onKey(key: string): Promise<void> {
    const { drawQr } = this.#options;
    const url = this.#model.firstUrl;
    if (key !== 'q' || !drawQr || url === undefined) return;
    this.#qr = this.#qr ? null : { url, code: await drawQr(url) };
    this.#schedule();
  }

  #print(text: string): void {
    if (this.#isOver) return;
    this.#area.print(text);
    this.#schedule();
  }

  #schedule(afterMs = limits.redrawIntervalMs): void {
    if (this.#isOver) return;
    this.#cancelDraw ??= this.#options.clock.after(afterMs, () => {
      this.#cancelDraw = undefined;
      this.#draw();
    });
  }

  #draw(): void {
    const { clock } = this.#options;
    const { silentMs } = this.#silence;
    const size = this.#size();
    const state = this.#model.state(clock.now(), {
      silentMs,
      hasQr: this.#hasKeys && this.#model.firstUrl !== undefined,
    });
    this.#area.draw(this.#qr ? renderQr(this.#qr.code, this.#qr.url, size) : renderScreen(state, size));
    if (silentMs !== null || this.#model.isCountingDown) this.#schedule(limits.tickMs);
  }

  #size(): ScreenSize {
    const { stdout, env } = this.#options;
    const { columns = usualColumns, rows = usualRows } = stdout;
    return { columns, rows, hasColour: !env['NO_COLOR'] };
  }
}
