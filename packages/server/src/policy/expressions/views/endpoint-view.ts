import type { EndpointFacts } from '@adit/policy-kit';

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
