import type { EndpointFacts, PolicyEvent } from '@adit/policy-kit';
import { writeTimestamp } from '../write-value.ts';

/** `endpoint`: what the visitor reached. */
export class EndpointView {
  readonly #facts: EndpointFacts;

  constructor(facts: EndpointFacts) {
    this.#facts = facts;
  }

  get addr(): string {
    return `${this.#facts.host}:${this.#facts.port}`;
  }

  get host(): string {
    return this.#facts.host;
  }

  get id(): string {
    return this.#facts.id;
  }

  get port(): bigint {
    return BigInt(this.#facts.port);
  }

  get protocol(): string {
    return this.#facts.scheme;
  }

  get url(): string {
    return this.#facts.url;
  }
}

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

/** `time`. */
export class TimeView {
  readonly #nowMs: number;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  get now(): string {
    return writeTimestamp(new Date(this.#nowMs));
  }
}
