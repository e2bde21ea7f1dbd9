// The macros of CEL, in our own form: the engine's are the same, but nothing bounds how long they run.
import type { ASTNode, RootContext, TypeDeclaration } from '@marcbachmann/cel-js';
import { EvaluationFailure, toFailure } from './evaluation-failure.ts';
import type { Fuel } from './fuel.ts';
import { sortList } from './functions/list-functions.ts';

type Context = Pick<RootContext, 'forkWithVariable'>;

/** What the engine hands to macros when it checks types. */
interface Checker {
  check(node: ASTNode, context: Context): TypeDeclaration;
  getType(name: string): TypeDeclaration;
  createError(code: string, message: string, node: ASTNode): Error;
}

/** What it hands to them when it evaluates. */
interface Evaluator {
  run(node: ASTNode, context: Context): unknown;
}

/** `receiver.macro(variable, …)`, as read. */
interface Call {
  readonly args: readonly ASTNode[];
  readonly receiver: ASTNode;
}

/** A macro as the engine wants it. */
interface Expanded {
  typeCheck(checker: Checker, expanded: unknown, context: Context): TypeDeclaration;
  evaluate(evaluator: Evaluator, expanded: unknown, context: Context): unknown;
  readonly async: false;
}

export interface MacroRow {
  /** As shown to people. */
  readonly signature: string;
  readonly description: string;
  readonly name: string;
  /** Expressions in the call, the variable with them. */
  readonly argumentCount: number;
  expand(call: Call, fuel: Fuel): Expanded;
}

type Evaluate = (bodies: readonly ASTNode[]) => (each: Each) => unknown;

/** The values that are gone through, and how one of the expressions is evaluated for one of them. */
interface Each {
  readonly items: readonly unknown[];
  run(body: ASTNode, item: unknown): unknown;
  bool(body: ASTNode, item: unknown): boolean;
  /** Before an error is not let through. @throws {EvaluationFailure} Nothing may be done any more. */
  passOver(): void;
}

/** An error takes that many times as long as a step. */
const stepsPerError = 25;

export const macros: readonly MacroRow[] = [
  quantifier('all', 'Whether a condition holds for all values of a list, or keys of a map.', false),
  quantifier('exists', 'Whether a condition holds for any value of a list, or key of a map.', true),
  macro('exists_one(x, condition): bool', 'Whether a condition holds for exactly one value or key.', {
    bodies: ['bool'],
    evaluate:
      ([condition]) =>
      ({ items, bool }) =>
        items.filter((item) => bool(condition as ASTNode, item)).length === 1,
  }),
  macro('filter(x, condition): list', 'The values or keys for which a condition holds.', {
    bodies: ['bool'],
    result: ({ item }) => item,
    evaluate:
      ([condition]) =>
      ({ items, bool }) =>
        items.filter((item) => bool(condition as ASTNode, item)),
  }),
  macro('map(x, result): list', 'What an expression makes of each value or key.', {
    bodies: ['any'],
    result: ({ bodies }) => bodies[0],
    evaluate:
      ([made]) =>
      ({ items, run }) =>
        items.map((item) => run(made as ASTNode, item)),
  }),
  macro(
    'map(x, condition, result): list',
    'What an expression makes of each value or key for which a condition holds.',
    {
      bodies: ['bool', 'any'],
      result: ({ bodies }) => bodies[1],
      evaluate:
        ([condition, made]) =>
        ({ items, run, bool }) =>
          items.filter((item) => bool(condition as ASTNode, item)).map((item) => run(made as ASTNode, item)),
    },
  ),
];

/** As `sort`, but needs the steps itself. */
export function sortByMacro(fuel: Fuel): MacroRow {
  return macro('sortBy(x, key): list', 'The values in ascending order of what an expression makes of each.', {
    bodies: ['any'],
    result: ({ item }) => item,
    evaluate:
      ([key]) =>
      ({ items, run }) =>
        sortList(
          fuel,
          items,
          items.map((item) => run(key as ASTNode, item)),
        ),
  });
}

/** `all` and `exists` pass over errors when another value decides (CEL specification, "Macros"). */
function quantifier(name: 'all' | 'exists', description: string, decides: boolean): MacroRow {
  return macro(`${name}(x, condition): bool`, description, {
    bodies: ['bool'],
    evaluate:
      ([condition]) =>
      ({ items, bool, passOver }) => {
        let failure: EvaluationFailure | undefined;
        for (const item of items) {
          try {
            if (bool(condition as ASTNode, item) === decides) return decides;
          } catch (error) {
            passOver();
            failure ??= toFailure(error);
          }
        }
        if (failure !== undefined) throw failure;
        return !decides;
      },
  });
}

interface Kind {
  /** Of the expressions behind the variable: `bool` must be one. */
  readonly bodies: readonly ('bool' | 'any')[];
  /** The type of the values of the list it makes. Default: it makes no list, but answers yes or no. */
  readonly result?: (types: {
    item: TypeDeclaration;
    bodies: readonly TypeDeclaration[];
  }) => TypeDeclaration | undefined;
  readonly evaluate: Evaluate;
}

function macro(form: string, description: string, kind: Kind): MacroRow {
  return {
    signature: `list.${form}`,
    description,
    name: form.slice(0, form.indexOf('(')),
    argumentCount: kind.bodies.length + 1,
    expand: (call, fuel) => expand(call, kind, fuel),
  };
}

function expand({ args, receiver }: Call, kind: Kind, fuel: Fuel): Expanded {
  const [variable, ...bodies] = args;
  // That it is a name is checked before anything else looks at it.
  const name = variable?.op === 'id' ? variable.args : '';
  const evaluate = kind.evaluate(bodies);
  let itemType: TypeDeclaration | undefined;
  return {
    async: false,
    typeCheck(checker, _expanded, context) {
      itemType = itemTypeOf(checker, receiver, context);
      const inner = context.forkWithVariable(name, itemType);
      const types = bodies.map((body, i) => checkBody(checker, body, { inner, kind: kind.bodies[i] }));
      const made = kind.result?.({ item: itemType, bodies: types });
      return made ? checker.getType(`list<${made.name}>`) : checker.getType('bool');
    },
    evaluate(evaluator, _expanded, context) {
      const items = itemsOf(evaluator.run(receiver, context));
      fuel.makeList(items.length);
      const inner = context.forkWithVariable(name, itemType as TypeDeclaration);
      const run = (body: ASTNode, item: unknown) => {
        fuel.burn(1);
        return evaluator.run(body, inner.setIterValue(item, evaluator));
      };
      const passOver = () => fuel.burn(stepsPerError);
      return evaluate({ items, run, bool: (body, item) => asBool(run(body, item)), passOver });
    },
  };
}

function checkBody(
  checker: Checker,
  body: ASTNode,
  { inner, kind }: { inner: Context; kind: 'bool' | 'any' | undefined },
): TypeDeclaration {
  const type = checker.check(body, inner);
  if (kind === 'any' || type.type === 'bool' || type.kind === 'dyn') return type;
  throw checker.createError('invalid_condition_type', `the condition must be true or false, not ${type.name}`, body);
}

function itemTypeOf(checker: Checker, receiver: ASTNode, context: Context): TypeDeclaration {
  const type = checker.check(receiver, context);
  if (type.kind === 'dyn') return checker.getType('dyn');
  const item = type.kind === 'list' ? type.valueType : type.kind === 'map' ? type.keyType : undefined;
  if (item) return item.kind === 'param' ? checker.getType('dyn') : item;
  throw checker.createError(
    'invalid_comprehension_range',
    `a list or a map is needed here, not ${type.name}`,
    receiver,
  );
}

function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value.keys()];
  const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (isPlain) return Object.keys(value);
  throw new EvaluationFailure('something that is neither a list nor a map is gone through');
}

function asBool(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new EvaluationFailure('a condition is not true or false');
}
