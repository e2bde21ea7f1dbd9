import type { Capture } from '../capture/capture.ts';

/** What is told of a visitor's request when it is over. Read when somebody asks, at once: mostly nobody wants to know. */
export class RequestNote {
  readonly #capture: Capture;

  constructor(capture: Capture) {
    this.#capture = capture;
  }

  get method(): string {
    return this.#capture.request.head.method;
  }
  /** Without the query, which may hold secrets. */
  get path(): string {
    return this.#capture.request.head.target.replace(/[?#].*$/s, '');
  }
  /** Null: no answer came. */
  get status(): number | null {
    return this.#capture.answer?.head.status ?? null;
  }
  get durationMs(): number {
    return this.#capture.durationMs ?? 0;
  }
}
