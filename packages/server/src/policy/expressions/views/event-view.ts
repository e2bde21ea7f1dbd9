import type { PolicyEvent } from '@adit/policy-kit';

/** `event`: one message of a stream of events. What the message does not say is not there. */
export class EventView {
  readonly #event: PolicyEvent;

  constructor(event: PolicyEvent) {
    this.#event = event;
  }

  get data(): string | undefined {
    return this.#event.data;
  }

  get event(): string | undefined {
    return this.#event.event;
  }

  get id(): string | undefined {
    return this.#event.id;
  }

  get retry(): string | undefined {
    return this.#event.retry;
  }
}
