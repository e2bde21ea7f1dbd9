// From rules as their owner wrote them to rules that can be asked. Nothing is published when one of them is wrong: what was
// prepared before it is closed again.
import { AditError } from '@adit/contracts';
import { type Phase, type PolicyModule, phases, Slots, type TlsDemands } from '@adit/policy-kit';
import type { EndpointScheme } from '../../domain/endpoint.ts';
import type { Requirements } from '../../domain/requirement.ts';
import { nextTurn } from '../../domain/wait.ts';
import type { PolicyAction, PolicyDocument, PolicyRule } from '../document/policy-document.ts';
import { type Locate, type Path, type PolicyProblem, refusePolicy } from '../document/policy-problems.ts';
import type { CompiledCondition, CompiledLayer, CompiledRule, LayerName, Step } from '../run/compiled-rule.ts';
import { type AccountObjects, ActionHost, type HostDeps } from './action-host.ts';
import { checkDocument } from './check-document.ts';
import { checkRequirements } from './check-requirements.ts';
import { compressionLimits } from './compression-limits.ts';
import type { ExpressionEngine } from './expression-engine.ts';
import { problemOf } from './problem-of.ts';

export interface CompilerOptions extends Omit<HostDeps, 'compressions'> {
  /** The registry: the only names an action may have. */
  readonly modules: readonly PolicyModule[];
  /** Loaded when the first policy comes: most servers start without one. */
  loadExpressions(): Promise<ExpressionEngine>;
}

type PreparationOptions = CompilerOptions & HostDeps;

/** Whose rules, and for what. */
export interface LayerSource {
  readonly document: PolicyDocument;
  readonly layer: LayerName;
  /** What its visitors speak. An organisation's rules are for all: then null. Who has no such phase is not asked. */
  readonly protocol: EndpointScheme | null;
  /** Of the account whose rules they are. */
  readonly objects: AccountObjects;
  readonly locate?: Locate;
}

/** A layer and what it holds. */
export interface PreparedLayer extends CompiledLayer {
  /** What it was made of. */
  readonly document: PolicyDocument;
  readonly tls: TlsDemands | null;
  /** True: it holds copies of what the account has elsewhere, and must be made anew when that changes. */
  readonly usesObjects: boolean;
  /** True: it asks for secrets, which have to be loaded before it is asked itself. */
  readonly readsSecrets: boolean;
  /** Closes every policy once. */
  close(): void;
}

export class PolicyCompiler {
  readonly #options: PreparationOptions;

  constructor(options: CompilerOptions) {
    this.#options = { ...options, compressions: new Slots(compressionLimits.maxCompressions) };
  }

  /** See `checkRequirements`. */
  checkRequirements(document: PolicyDocument, requires: Requirements): void {
    checkRequirements(document, { requires, modules: this.#options.modules });
  }

  /**
   * Checks a document and prepares all that is in it. The caller owns the layer and closes it.
   *
   * @throws {AditError} 2200, 2201, 2202, 2205, 2207, 2210, 9600: what is wrong, with line and column where it came from text.
   *   9000: a module broke while it was prepared. Codes that modules throw in `prepare` pass on.
   */
  async compile(source: LayerSource): Promise<PreparedLayer> {
    const { document, protocol, locate = () => undefined } = source;
    const problems = checkDocument(document, { modules: this.#options.modules, protocol });
    if (problems.length > 0) throw refusePolicy(problems, locate);
    const preparation = new Preparation(source, await this.#options.loadExpressions(), this.#options);
    try {
      return await preparation.run();
    } catch (error) {
      preparation.close();
      throw error instanceof PathError ? refusePolicy([error.problem], locate) : error;
    }
  }
}

/** Prepared in one turn of the event loop: a document may have thousands, and others want to be served meanwhile. */
const rulesPerTurn = 20;

/** Something is wrong at one place of the document. */
class PathError extends Error {
  readonly problem: PolicyProblem;
  constructor(problem: PolicyProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

class Preparation {
  readonly #source: LayerSource;
  readonly #engine: ExpressionEngine;
  readonly #options: PreparationOptions;
  readonly #steps: Step[] = [];
  #usesObjects = false;
  #readsSecrets = false;

  constructor(source: LayerSource, engine: ExpressionEngine, options: PreparationOptions) {
    this.#source = source;
    this.#engine = engine;
    this.#options = options;
  }

  async run(): Promise<PreparedLayer> {
    const rules: { [phase in Phase]: CompiledRule[] } = {
      on_tcp_connect: [],
      on_http_request: [],
      on_http_response: [],
      on_event_stream_message: [],
    };
    for (const phase of phases) {
      const written = this.#source.document[phase] ?? [];
      for (const [index, rule] of written.entries()) {
        rules[phase].push(await this.#rule(rule, { phase, index }));
        if (index % rulesPerTurn === rulesPerTurn - 1) await nextTurn();
      }
    }
    const tls = this.#steps.find(({ policy }) => policy.tls)?.policy.tls ?? null;
    const { document } = this.#source;
    const uses = { usesObjects: this.#usesObjects, readsSecrets: this.#readsSecrets };
    return { document, rules, tls, ...uses, close: () => this.close() };
  }

  close(): void {
    for (const { name, policy } of this.#steps.splice(0)) {
      try {
        policy.close?.();
      } catch (err) {
        this.#options.log.error({ policy: name, err }, 'A policy could not be closed');
      }
    }
  }

  async #rule(rule: PolicyRule, { phase, index }: { phase: Phase; index: number }): Promise<CompiledRule> {
    const path: Path = [phase, index];
    const conditions = rule.expressions.map((text, i) => this.#condition(text, phase, [...path, 'expressions', i]));
    const steps: Step[] = [];
    for (const [i, action] of rule.actions.entries()) {
      steps.push(await this.#step(action, phase, [...path, 'actions', i, 'config']));
    }
    return { place: { layer: this.#source.layer, phase, index, name: rule.name }, conditions, steps };
  }

  #condition(text: string, phase: Phase, path: Path): CompiledCondition {
    try {
      const condition = this.#engine.condition(text, phase);
      this.#readsSecrets ||= condition.readsSecrets;
      return condition;
    } catch (error) {
      throw new PathError(problemOf(error, path));
    }
  }

  async #step({ type, config }: PolicyAction, phase: Phase, path: Path): Promise<Step> {
    const module = this.#options.modules.find(({ name }) => name === type);
    if (!module) throw new TypeError(`There is no policy "${type}"`);
    const { objects } = this.#source;
    const host = new ActionHost({ phase, path, config, objects, engine: this.#engine }, this.#options);
    const step = { name: type, policy: await this.#prepare(module, config, host) };
    this.#steps.push(step);
    this.#usesObjects ||= host.hasUsedObjects;
    this.#readsSecrets ||= host.readsSecrets;
    const uncompiled = host.uncompiledText();
    if (uncompiled) throw new PathError({ code: 2200, path: uncompiled, message: 'this field takes no expressions' });
    return step;
  }

  async #prepare(module: PolicyModule, config: unknown, host: ActionHost): Promise<Step['policy']> {
    try {
      return await module.prepare(module.schema.parse(config), host);
    } catch (error) {
      const problem = host.problemOf(error);
      if (problem) throw new PathError(problem);
      throw new AditError(9000, `Cannot prepare policy "${module.name}"`, { cause: error });
    }
  }
}
