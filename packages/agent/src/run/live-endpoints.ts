import { AditError, toAditError } from '@adit/contracts';
import type { AgentSession, Forward } from '@adit/sdk';
import type { EndpointDefinition } from '../endpoint/endpoint-definition.ts';
import type { Watch } from '../inspector/index.ts';

export interface LiveEndpoint {
  readonly definition: EndpointDefinition;
  readonly forward: Forward;
}

export interface LiveEndpointsOptions {
  readonly session: AgentSession;
  /** Asked before an endpoint opens, so that its first connection is seen. */
  watch(definition: EndpointDefinition): Promise<Watch>;
  onOnline(endpoint: LiveEndpoint): void;
  /** An endpoint came or went. */
  onChange(): void;
}

/** The endpoints of one session, by name. They start and stop while it lives. */
export class LiveEndpoints {
  readonly #options: LiveEndpointsOptions;
  readonly #byName = new Map<string, LiveEndpoint>();
  readonly #starting = new Set<string>();
  readonly #empty = Promise.withResolvers<AditError | null>();
  #isAwaited = false;
  #lastError: AditError | null = null;

  constructor(options: LiveEndpointsOptions) {
    this.#options = options;
  }

  get all(): readonly LiveEndpoint[] {
    return [...this.#byName.values()];
  }

  find(name: string): LiveEndpoint | undefined {
    return this.#byName.get(name);
  }

  /** @throws {AditError} 9201: the name is taken. As `AgentSession.forward`. */
  async start(definition: EndpointDefinition): Promise<LiveEndpoint> {
    const { name } = definition;
    if (this.#byName.has(name) || this.#starting.has(name)) {
      throw new AditError(9201, `Cannot start "${name}": this agent has an endpoint of that name`);
    }
    this.#starting.add(name);
    let watch: Watch | undefined;
    try {
      watch = await this.#options.watch(definition);
      const { tap, close } = watch;
      const forward = await this.#options.session.forward({ ...definition.forward, tap });
      const endpoint = { definition, forward };
      this.#byName.set(name, endpoint);
      void forward.closed.then((error) => {
        close();
        this.#drop(endpoint, error);
      });
      this.#options.onOnline(endpoint);
      this.#options.onChange();
      return endpoint;
    } catch (error) {
      watch?.close();
      throw error;
    } finally {
      this.#starting.delete(name);
    }
  }

  /**
   * Starts all of them at once.
   *
   * @throws {AditError} The first refusal; it names the endpoint where there are several.
   */
  async startAll(definitions: readonly EndpointDefinition[]): Promise<void> {
    await Promise.all(
      definitions.map((definition) =>
        this.start(definition).catch((cause: unknown) => {
          const error = toAditError(cause);
          throw definitions.length === 1 ? error : new AditError(error.code, `"${definition.name}": ${error.message}`);
        }),
      ),
    );
  }

  /** Answers whether there was one. One that was stopped here leaves the run going, even if it was the last. */
  async stop(name: string): Promise<boolean> {
    const endpoint = this.#byName.get(name);
    if (!endpoint) return false;
    this.#byName.delete(name);
    await endpoint.forward.close();
    return true;
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#byName.keys()].map((name) => this.stop(name)));
  }

  /** Resolves when the last endpoint has ended by itself, with why; null when that was in order. */
  whenEmpty(): Promise<AditError | null> {
    this.#isAwaited = true;
    this.#tellWhenEmpty();
    return this.#empty.promise;
  }

  /** One that was online cannot be again. */
  lose(error: AditError): void {
    this.#lastError = error;
    this.#tellWhenEmpty();
  }

  #drop(endpoint: LiveEndpoint, error: AditError | null): void {
    this.#options.onChange();
    if (this.#byName.get(endpoint.definition.name) !== endpoint) return;
    this.#byName.delete(endpoint.definition.name);
    this.#lastError = error ?? this.#lastError;
    this.#tellWhenEmpty();
  }

  #tellWhenEmpty(): void {
    const isEmpty = this.#byName.size === 0 && this.#starting.size === 0;
    if (this.#isAwaited && isEmpty) this.#empty.resolve(this.#lastError);
  }
}
