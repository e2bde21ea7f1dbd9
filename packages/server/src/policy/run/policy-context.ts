import type {
  ConnectFacts,
  EndpointFacts,
  EventContext,
  PolicyEvent,
  PolicyRequest,
  PolicyResponse,
} from '@adit/policy-kit';
import type { PolicyScope } from '../policy-scope.ts';
import type { Step } from './compiled-rule.ts';
import type { ChainState } from './policy-state.ts';
import type { Trail } from './trail.ts';

export interface ContextFacts {
  readonly connection: ConnectFacts;
  readonly endpoint: EndpointFacts;
  readonly state: ChainState;
  readonly isDry: boolean;
  now(): number;
  secret(vault: string, name: string): string | undefined;
}

/**
 * What one walk knows and leaves behind; one for each request, and one for the connection before it. The parts of a message
 * are set before the phase that has them is asked, so its modules and expressions find them.
 */
export class PolicyContext implements EventContext, PolicyScope {
  readonly #facts: ContextFacts;
  readonly results: Map<string, Readonly<Record<string, unknown>>>;
  variables = new Map<string, unknown>();
  /** Every rule that was asked, and what came of it. */
  readonly trail: Trail = [];
  readonly identity: string[] = [];
  readonly logged: Readonly<Record<string, string>>[] = [];
  request!: PolicyRequest;
  response!: PolicyResponse;
  event!: PolicyEvent;
  /** Whose turn it is. */
  step: Step | null = null;
  /** What ended the walk by going wrong: a condition of its last rule, or else its last policy. */
  failure: { readonly condition: number | null; readonly error: unknown } | null = null;
  /** Those that would have called somebody, had they not been asked dry. */
  callsLeftOut: Step[] | null = null;
  /** See `PolicyScope.parsed`. */
  parsed: object | undefined = undefined;
  /** See `PolicyScope.steps`. */
  steps = 0;

  /** @param before The connection's: what its policies left is known to its requests. */
  constructor(facts: ContextFacts, before: PolicyContext | null) {
    this.#facts = facts;
    this.results = new Map(before?.results);
  }

  get connection(): ConnectFacts {
    return this.#facts.connection;
  }
  get endpoint(): EndpointFacts {
    return this.#facts.endpoint;
  }
  get isDry(): boolean {
    return this.#facts.isDry;
  }
  get nowMs(): number {
    return this.#facts.now();
  }

  secret(vault: string, name: string): string | undefined {
    return this.#facts.secret(vault, name);
  }

  setResult(values: Readonly<Record<string, unknown>>): void {
    if (this.step) this.results.set(this.step.name.replaceAll('-', '_'), values);
  }

  setVariable(name: string, value: unknown): void {
    this.variables.set(name, value);
  }

  state<State extends object>(key: string, create: () => State): State {
    const { state, isDry } = this.#facts;
    const whole = `${this.step?.name} ${key}`;
    return isDry ? (state.find<State>(whole) ?? create()) : state.of(whole, create);
  }

  wouldCall(): void {
    if (this.step) (this.callsLeftOut ??= []).push(this.step);
  }

  addIdentity(name: string, value: string): void {
    this.identity.push(name, value);
  }

  log(fields: Readonly<Record<string, string>>): void {
    this.logged.push(fields);
  }

  /** Variables live in one phase only, and each is a decision of its own. */
  beginPhase(): void {
    this.steps = 0;
    if (this.variables.size > 0) this.variables = new Map();
  }
}
