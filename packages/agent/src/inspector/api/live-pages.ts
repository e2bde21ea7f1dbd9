import type { ServerResponse } from 'node:http';
import type { Clock } from '@adit/sdk';
import type { Capture } from '../capture/capture.ts';
import type { CaptureStore } from '../capture/capture-store.ts';
import { summarize } from '../show/capture-summary.ts';

export interface LivePagesOptions {
  readonly store: CaptureStore;
  readonly clock: Clock;
  readonly limits: {
    readonly maxLivePages: number;
    readonly liveIntervalMs: number;
    readonly maxLiveCaptures: number;
  };
  /** What the page shows of the agent; sent when it connects and when it changes. */
  status(): object;
}

/**
 * Tells open pages what happens, by server-sent events: `captures` has summaries of those that began or changed, `reload`
 * says that there are too many of them or that all were cleared, `status` is about the agent. A page that reads slowly
 * misses messages, and is told to reload when it reads again: nothing is queued for it.
 */
export class LivePages {
  readonly #options: LivePagesOptions;
  readonly #pages = new Map<ServerResponse, { hasMissed: boolean }>();
  readonly #changed = new Map<string, Capture>();
  readonly #stopListening: () => void;
  #mustReload = false;
  #cancelFlush: (() => void) | null = null;

  constructor(options: LivePagesOptions) {
    this.#options = options;
    this.#stopListening = options.store.onChange((capture) => this.#note(capture));
  }

  /** Answers false if there are too many already. */
  add(response: ServerResponse): boolean {
    if (this.#pages.size >= this.#options.limits.maxLivePages) return false;
    const page = { hasMissed: false };
    this.#pages.set(response, page);
    response.once('close', () => this.#pages.delete(response));
    response.on('drain', () => {
      if (page.hasMissed) response.write(event('reload', {}));
      page.hasMissed = false;
    });
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    response.write(event('status', this.#options.status()));
    return true;
  }

  statusChanged(): void {
    this.#tell(event('status', this.#options.status()));
  }

  close(): void {
    this.#stopListening();
    this.#cancelFlush?.();
    for (const response of this.#pages.keys()) response.destroy();
  }

  #note(capture: Capture | null): void {
    if (this.#pages.size === 0) return;
    if (capture === null) this.#mustReload = true;
    else if (capture.isStored) this.#changed.set(capture.id, capture);
    if (this.#changed.size > this.#options.limits.maxLiveCaptures) this.#mustReload = true;
    if (this.#mustReload) this.#changed.clear();
    this.#cancelFlush ??= this.#options.clock.after(this.#options.limits.liveIntervalMs, () => this.#flush());
  }

  #flush(): void {
    this.#cancelFlush = null;
    const captures = [...this.#changed.values()].map(summarize);
    const text = this.#mustReload ? event('reload', {}) : event('captures', captures);
    this.#mustReload = false;
    this.#changed.clear();
    this.#tell(text);
  }

  #tell(text: string): void {
    for (const [response, page] of this.#pages) {
      if (response.writableNeedDrain) page.hasMissed = true;
      else response.write(text);
    }
  }
}

function event(name: string, data: object): string {
  // JSON has no line feeds of its own, which would end the field.
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
