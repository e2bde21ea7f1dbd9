import { AditError } from '@adit/contracts';
import type {
  AccountAuthority,
  AddressBook,
  Expression,
  InternalTarget,
  IpRules,
  Pattern,
  Phase,
  PolicyHost,
  ResultShape,
  Slots,
  Template,
} from '@adit/policy-kit';
import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import type { Path, PolicyProblem } from '../document/policy-problems.ts';
import type { Compiled } from '../expressions/expressions.ts';
import type { ExpressionEngine } from './expression-engine.ts';
import { problemOf } from './problem-of.ts';

/** The same for all policies. */
export interface HostDeps {
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
  /** See `PolicyHost.fetch`. */
  readonly fetch: PolicyHost['fetch'];
  readonly addresses: AddressBook;
  readonly compressions: Slots;
}

/** What policies of one account may refer to. */
export interface AccountObjects {
  /** @throws {AditError} 1402: there is none. */
  ipPolicy(id: string): Promise<IpRules>;
  /** @throws {AditError} 215: there is none. */
  certificateAuthority(id: string): Promise<AccountAuthority>;
  /** See `PolicyHost`. */
  findInternal: PolicyHost['findInternal'];
  /** See `PolicyHost`. */
  awaitInternal: PolicyHost['awaitInternal'];
  /** See `PolicyHost`. */
  fetchInternal: PolicyHost['fetchInternal'];
}

/** One action that is being prepared. */
export interface ActionFacts {
  readonly phase: Phase;
  /** Of its configuration. */
  readonly path: Path;
  readonly config: unknown;
  readonly objects: AccountObjects;
  readonly engine: ExpressionEngine;
}

/** What one action gets lent; knows which texts of the configuration it was shown. */
export class ActionHost implements PolicyHost {
  readonly fetch: PolicyHost['fetch'];
  readonly addresses: AddressBook;
  readonly compressions: Slots;
  readonly fetchInternal: PolicyHost['fetchInternal'];
  readonly #facts: ActionFacts;
  readonly #deps: HostDeps;
  readonly #shown = new Set<string>();
  /** The text that is being compiled: what is thrown meanwhile is about it. */
  #text: string | null = null;
  /** It was given something that the account has elsewhere, which may change. */
  hasUsedObjects = false;
  /** One of its expressions asks for secrets. */
  readsSecrets = false;

  constructor(facts: ActionFacts, deps: HostDeps) {
    this.#facts = facts;
    this.#deps = deps;
    this.fetch = deps.fetch;
    this.addresses = deps.addresses;
    this.compressions = deps.compressions;
    this.fetchInternal = (from, ...args) => facts.objects.fetchInternal(from, ...args);
  }

  now(): number {
    return this.#deps.clock.timeOfDay();
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.#deps.clock.after(delayMs, callback);
  }

  template(text: string): Template {
    return this.#noteSecrets(this.#compile(text, (engine) => engine.template(text, this.#facts.phase)));
  }

  expression(text: string, variables?: ResultShape): Expression {
    const { phase } = this.#facts;
    return this.#noteSecrets(this.#compile(text, (engine) => engine.expression(text, phase, variables)));
  }

  pattern(source: string): Pattern {
    return this.#compile(source, (engine) => engine.pattern(source, () => this.#deps.clock.now()));
  }

  async ipPolicy(id: string): Promise<IpRules> {
    this.hasUsedObjects = true;
    this.#text = id;
    const rules = await this.#facts.objects.ipPolicy(id);
    this.#text = null;
    return rules;
  }

  async certificateAuthority(id: string): Promise<AccountAuthority> {
    this.hasUsedObjects = true;
    this.#text = id;
    const authority = await this.#facts.objects.certificateAuthority(id);
    this.#text = null;
    return authority;
  }

  findInternal(...args: Parameters<PolicyHost['findInternal']>): InternalTarget | undefined {
    return this.#facts.objects.findInternal(...args);
  }

  awaitInternal(...args: Parameters<PolicyHost['awaitInternal']>): ReturnType<PolicyHost['awaitInternal']> {
    return this.#facts.objects.awaitInternal(...args);
  }

  /** What `prepare` threw, as a problem of its place; undefined: it is a mistake of ours. */
  problemOf(error: unknown): PolicyProblem | undefined {
    const { path, config } = this.#facts;
    const at = this.#text === null ? [] : (pathOf(config, (text) => text === this.#text) ?? []);
    if (error instanceof AditError && error.kind === 'internal') return undefined;
    try {
      return problemOf(error, [...path, ...at]);
    } catch {
      return undefined;
    }
  }

  /** The path of a text with `${` that the module did not compile: it would be taken as it stands. */
  uncompiledText(): Path | undefined {
    const at = pathOf(this.#facts.config, (text) => text.includes('${') && !this.#shown.has(text));
    return at && [...this.#facts.path, ...at];
  }

  #noteSecrets<T extends Compiled>(compiled: T): T {
    this.readsSecrets ||= compiled.readsSecrets;
    return compiled;
  }

  #compile<T>(text: string, compile: (engine: ExpressionEngine) => T): T {
    this.#text = text;
    this.#shown.add(text);
    const compiled = compile(this.#facts.engine);
    this.#text = null;
    return compiled;
  }
}

/** Where the first such text stands. */
function pathOf(value: unknown, isIt: (text: string) => boolean): Path | undefined {
  if (typeof value === 'string') return isIt(value) ? [] : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, part] of Object.entries(value)) {
    const path = pathOf(part, isIt);
    if (path) return [Array.isArray(value) ? Number(key) : key, ...path];
  }
  return undefined;
}
