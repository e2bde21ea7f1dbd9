import {
  type AddressBook,
  type AddressFact,
  type Expression,
  emptyAddressBook,
  type Phase,
  type ResultShape,
  type Template,
} from '@adit/policy-kit';
import type { ASTNode, Environment, ParseResult } from '@marcbachmann/cel-js';
import type { PolicyScope } from '../policy-scope.ts';
import { actionTypes } from './action-types.ts';
import { Activation, type Sources } from './activation.ts';
import { EvaluatedNow } from './evaluated-now.ts';
import { EvaluationFailure, toFailure } from './evaluation-failure.ts';
import { defaultExpressionLimits } from './expression-limits.ts';
import { ExpressionProblem } from './expression-problem.ts';
import { type ExtraValues, type ExtraVariables, extraVariables } from './extra-variables.ts';
import type { FieldRow, ObjectType } from './field-row.ts';
import { Fuel } from './fuel.ts';
import { FunctionIndex } from './function-index.ts';
import { functionTable } from './function-table.ts';
import type { Outside } from './functions/outside-functions.ts';
import { macros, sortByMacro } from './macros.ts';
import { engineType, makeEnvironment } from './make-environment.ts';
import { makeTemplate } from './make-template.ts';
import { meter } from './meter.ts';
import { objectTypes, roots } from './object-types.ts';
import { toProblem } from './to-problem.ts';
import { walkNames } from './walk-names.ts';
import { writeValue } from './write-value.ts';

/** What is known of an expression, or a text of several, before it is evaluated. */
export interface Compiled {
  /** It asks for secrets. */
  readonly readsSecrets: boolean;
}

/** An expression that is true or false. */
export interface Condition extends Omit<Expression, 'render'>, Compiled {
  /** @throws {EvaluationFailure} It cannot be evaluated; whoever asked refuses. */
  evaluate(scope: PolicyScope, values?: ExtraValues): boolean;
}

export interface CompiledExpression extends Expression, Compiled {
  /** @throws {EvaluationFailure} It cannot be evaluated; whoever asked refuses. */
  evaluate(scope: PolicyScope, values?: ExtraValues): unknown;
  /** @throws {EvaluationFailure} As `evaluate`; or it cannot be written. */
  render(scope: PolicyScope, values?: ExtraValues): string;
}

export interface ExpressionsOptions extends Partial<Outside> {
  /** What each module leaves, by its name with underscores. */
  readonly results: ReadonlyMap<string, ResultShape>;
  /** Default: nothing is known of addresses, and expressions that ask are refused. */
  readonly addresses?: AddressBook;
}

/** Everything that one phase can name, and the engine that was told so. */
interface Language {
  readonly environment: Environment;
  readonly roots: Readonly<Record<string, FieldRow>>;
  readonly types: Readonly<Record<string, ObjectType>>;
  readonly extras?: ExtraVariables;
}

/**
 * Compiles the expressions of Traffic Policy documents: CEL with the variables and functions of `object-types.ts` and
 * `functions/`. One for all documents; making it takes milliseconds, an expression some ten microseconds.
 */
export class Expressions {
  readonly #fuel = new Fuel(defaultExpressionLimits);
  readonly #now = new EvaluatedNow();
  readonly #index: FunctionIndex;
  readonly #base: Language;
  readonly #languages = new Map<Phase, Language>();
  readonly #extended = new WeakMap<ResultShape, Map<Phase, Language>>();
  readonly #sources: Sources;

  constructor({ results, addresses = emptyAddressBook, random = Math.random }: ExpressionsOptions) {
    const actions = actionTypes(results);
    this.#sources = { addresses, makeActions: actions.make };
    const outside = { random };
    const functions = functionTable({ fuel: this.#fuel, now: this.#now, outside });
    const allMacros = [...macros, sortByMacro(this.#fuel)];
    const allTypes = { ...objectTypes, ...actions.types };
    this.#index = new FunctionIndex(functions, allMacros);
    const language = { types: allTypes, functions, macros: allMacros };
    this.#base = {
      environment: makeEnvironment(language, this.#fuel, defaultExpressionLimits),
      roots,
      types: allTypes,
    };
  }

  /**
   * @param variables Further variables, whose values come with each evaluation. Pass the same object each time.
   * @throws {ExpressionProblem} It is no expression, or not one that is true or false.
   */
  condition(text: string, phase: Phase, variables?: ResultShape): Condition {
    const { type, run, readsSecrets } = this.#compile(text, phase, variables);
    if (type !== 'bool' && !type.startsWith('dyn')) {
      throw new ExpressionProblem(
        `it is not a condition: it is not true or false, but ${shownType(type)}`,
        whole(text),
      );
    }
    const evaluate = (scope: PolicyScope, values?: ExtraValues): boolean => {
      const value = run(scope, values);
      if (typeof value !== 'boolean') throw new EvaluationFailure('a condition is not true or false');
      return value;
    };
    return { text, type: 'bool', evaluate, readsSecrets };
  }

  /**
   * @param variables See `condition`.
   * @throws {ExpressionProblem} It is no expression.
   */
  expression(text: string, phase: Phase, variables?: ResultShape): CompiledExpression {
    const { type, run, readsSecrets } = this.#compile(text, phase, variables);
    return { text, type, evaluate: run, render: (scope, values) => writeValue(run(scope, values)), readsSecrets };
  }

  /**
   * A text with `${…}` in it; `$${` stands for `${`. Values are written as `writeValue` says.
   *
   * @throws {ExpressionProblem} One of its expressions is none.
   */
  template(text: string, phase: Phase): Template & Compiled {
    let readsSecrets = false;
    const template = makeTemplate(text, (expression) => {
      const compiled = this.#compile(expression, phase, undefined);
      readsSecrets ||= compiled.readsSecrets;
      return compiled.run;
    });
    return { ...template, readsSecrets };
  }

  #compile(
    text: string,
    phase: Phase,
    variables: ResultShape | undefined,
  ): Compiled & { type: string; run: CompiledExpression['evaluate'] } {
    const { maxExpressionChars } = defaultExpressionLimits;
    if (text.length > maxExpressionChars) {
      throw new ExpressionProblem(`it is longer than ${maxExpressionChars} characters`, { start: 0, end: 0 });
    }
    const language = variables ? this.#withExtras(phase, variables) : this.#inPhase(phase);
    const { program, ...known } = this.#check(text, phase, language);
    return { ...known, run: this.#runner(program, language.extras) };
  }

  #check(
    text: string,
    phase: Phase,
    { environment, roots, types }: Language,
  ): Compiled & { program: ParseResult; type: string } {
    try {
      const program = environment.parse(text);
      const access = (left: ASTNode, name: string, place: ASTNode) => makeAccess(environment, { left, name, place });
      const knows = (fact: AddressFact) => this.#sources.addresses.knows(fact);
      const names = { roots, types, functions: this.#index, phase, limits: defaultExpressionLimits, access, knows };
      const { readsSecrets } = walkNames(program.ast, names);
      const { type = 'dyn', error } = program.check();
      if (error) throw error;
      if (!isValue(type)) throw new ExpressionProblem(`it gives no value, but ${shownType(type)}`, whole(text));
      meter(program.ast, this.#fuel);
      return { program, type, readsSecrets };
    } catch (error) {
      throw toProblem(error, text);
    }
  }

  #runner(program: ParseResult, extras: ExtraVariables | undefined): CompiledExpression['evaluate'] {
    return (scope, values = {}) => {
      const activation = this.#activationOf(scope);
      activation.turn.number += 1;
      const variables = extras ? Object.assign(Object.create(activation) as object, extras.read(values)) : activation;
      try {
        this.#fuel.refill(scope.steps ?? 0);
        return this.#now.during(activation, () => program(variables) as unknown);
      } catch (error) {
        throw toFailure(error);
      } finally {
        scope.steps = (scope.steps ?? 0) + this.#fuel.used;
      }
    };
  }

  #activationOf(scope: PolicyScope): Activation {
    const { parsed } = scope;
    // Another one's knows other results. Copies of a scope come with that of the original.
    if (parsed instanceof Activation && parsed.sources === this.#sources && parsed.scope === scope) return parsed;
    const activation = new Activation(scope, this.#sources);
    scope.parsed = activation;
    return activation;
  }

  #inPhase(phase: Phase): Language {
    const known = this.#languages.get(phase);
    if (known) return known;
    const environment = this.#base.environment.clone();
    for (const [name, { type }] of Object.entries(roots)) environment.registerVariable(name, engineType(type));
    const language = { ...this.#base, environment };
    this.#languages.set(phase, language);
    return language;
  }

  #withExtras(phase: Phase, shape: ResultShape): Language {
    const byPhase = this.#extended.get(shape) ?? new Map<Phase, Language>();
    this.#extended.set(shape, byPhase);
    const known = byPhase.get(phase);
    if (known) return known;
    const extras = extraVariables(shape);
    const base = this.#inPhase(phase);
    const environment = base.environment.clone();
    for (const [name, { view, fields }] of Object.entries(extras.types)) {
      const types = Object.entries(fields).map(([field, row]) => [field, engineType((row as FieldRow).type)]);
      environment.registerType(name, { ctor: view, fields: Object.fromEntries(types) });
    }
    for (const [name, { type }] of Object.entries(extras.rows)) environment.registerVariable(name, engineType(type));
    const language = {
      environment,
      roots: { ...base.roots, ...extras.rows },
      types: { ...base.types, ...extras.types },
      extras,
    };
    byPhase.set(phase, language);
    return language;
  }
}

/** `left.name`, of a node that the engine has parsed: it lets nobody else make one. */
function makeAccess(
  environment: Environment,
  { left, name, place }: { left: ASTNode; name: string; place: ASTNode },
): ASTNode {
  const node = environment.parse('time.now').ast as Extract<ASTNode, { op: '.' }>;
  node.args[0] = left;
  node.args[1] = name;
  return Object.assign(node, { pos: place.start, start: place.start, end: place.end });
}

/** What is only good for being used in an expression. */
function isValue(type: string): boolean {
  return !/^(?:optional|type$|namespace\.|OptionalNamespace)/.test(type);
}

function shownType(type: string): string {
  return type.replaceAll('google.protobuf.Timestamp', 'timestamp').replaceAll('google.protobuf.Duration', 'duration');
}

function whole(text: string): { start: number; end: number } {
  return { start: 0, end: text.length };
}
