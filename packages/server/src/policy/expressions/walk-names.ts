import { nearestKey } from '@adit/contracts';
import { type AddressFact, type Phase, phases } from '@adit/policy-kit';
import type { ASTNode } from '@marcbachmann/cel-js';
import { compilePattern, PatternProblem } from './compile-pattern.ts';
import type { ExpressionLimits } from './expression-limits.ts';
import { ExpressionProblem, type Place } from './expression-problem.ts';
import { type FieldRow, isUnknowable, type ObjectType } from './field-row.ts';
import { type FunctionIndex, tooEarly } from './function-index.ts';
import { namespaces } from './functions/function-row.ts';
import { replacing } from './make-environment.ts';

/** What an expression may name. */
export interface KnownNames {
  readonly roots: Readonly<Record<string, FieldRow>>;
  readonly types: Readonly<Record<string, ObjectType>>;
  readonly functions: FunctionIndex;
  readonly phase: Phase;
  readonly limits: ExpressionLimits;
  /** See `AddressBook.knows`. */
  knows(fact: AddressFact): boolean;
  /** `left.name`, made of parsed nodes. */
  access(left: ASTNode, name: string, place: ASTNode): ASTNode;
}

/** What is known of a part without the engine's type check; nothing: ask that. */
interface Static {
  /** As in `FieldRow`. */
  readonly type?: string;
  readonly row?: FieldRow;
}

type Node<Op extends ASTNode['op']> = Extract<ASTNode, { op: Op }>;

/** Nodes are changed in place: a new text made of them would have lost where everything stood. */
type Writable<T> = { -readonly [K in keyof T]: T[K] };

const namespaceNames: ReadonlySet<string> = new Set(namespaces);
const typeNames = new Set(['bool', 'bytes', 'double', 'int', 'list', 'map', 'null_type', 'string', 'type', 'uint']);
const maxInt = 2n ** 63n - 1n;

/**
 * Goes over a parsed expression before the engine checks its types. Refuses every name that is not known, with the one that was
 * probably meant, and those that are known and have no value here. Changes it so that the engine does what we mean: names
 * that are a text and an object, functions that replace those of the engine, patterns that are compiled now.
 *
 * @throws {ExpressionProblem}
 */
export function walkNames(root: ASTNode, names: KnownNames): { readonly readsSecrets: boolean } {
  const walk = new NameWalk(names);
  walk.value(root);
  return walk;
}

class NameWalk {
  readonly #names: KnownNames;
  /** Variables of the macros around, innermost last. */
  readonly #bound: string[] = [];
  readsSecrets = false;

  constructor(names: KnownNames) {
    this.#names = names;
  }

  /** A part that is used as it is, not for a field of it. */
  value(node: ASTNode): Static {
    const found = this.#visit(node);
    if (found.row?.isText !== true) return found;
    useOther(node);
    return { type: 'string' };
  }

  /** A part of which a field is asked. */
  #object(node: ASTNode): Static {
    const found = this.#visit(node);
    if (found.row?.below === undefined) return found;
    useOther(node);
    return { type: found.row.below };
  }

  #visit(node: ASTNode): Static {
    switch (node.op) {
      case 'value':
        return this.#literal(node);
      case 'id':
        return this.#variable(node);
      case '.':
      case '.?':
        return this.#field(node);
      case '[]':
      case '[?]':
        return this.#index(node);
      case 'call':
        return this.#call(node);
      case 'rcall':
        return this.#method(node);
      case 'in':
        return this.#membership(node);
      case '-_':
        if (node.args.op === 'value' && node.args.args === maxInt + 1n) return {};
        this.value(node.args);
        return {};
      default:
        for (const part of partsOf(node)) this.value(part);
        return {};
    }
  }

  #literal(node: Node<'value'>): Static {
    if (typeof node.args === 'bigint' && node.args > maxInt) {
      throw new ExpressionProblem('the number is too large', node);
    }
    return {};
  }

  #variable(node: Node<'id'>): Static {
    const name = node.args;
    if (this.#bound.includes(name) || typeNames.has(name)) return {};
    const { roots, phase } = this.#names;
    const row = Object.hasOwn(roots, name) ? roots[name] : undefined;
    if (row === undefined) throw this.#unknownVariable(node);
    if (!isIn(phase, row.since)) throw tooEarly(name, row.since ?? phase, { phase, place: node });
    return { type: row.type, row };
  }

  #unknownVariable(node: Node<'id'>): ExpressionProblem {
    const name = node.args;
    if (namespaceNames.has(name)) return new ExpressionProblem(`"${name}" is followed by one of its functions`, node);
    const known = Object.keys(this.#names.roots).filter((root) =>
      isIn(this.#names.phase, this.#names.roots[root]?.since),
    );
    const near = nearestKey(name.slice(0, 64), [...known, ...this.#bound]);
    const hint = near === undefined ? `there are ${known.join(', ')}` : `did you mean "${near}"?`;
    return new ExpressionProblem(`there is no variable "${name.slice(0, 64)}"`, node, hint);
  }

  #field(node: Node<'.'> | Node<'.?'>): Static {
    const [left, name] = node.args;
    const object = this.#object(left);
    const place = { start: Math.max(node.pos, node.start), end: node.end };
    const type = object.type === undefined ? undefined : this.#names.types[object.type];
    if (type) return this.#fieldOf(type, { name, place, left });
    if (object.row?.isLowerCase === true) rename(node, (key) => key.toLowerCase());
    return itemOf(object);
  }

  #fieldOf(type: ObjectType, { name, place, left }: { name: string; place: Place; left: ASTNode }): Static {
    const row = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
    const object = left.input.slice(left.start, left.end).slice(0, 64);
    const { phase } = this.#names;
    if (row === undefined) throw unknownField(object, name, { type, place });
    if (isUnknowable(row)) throw unknowable(`${object}.${name}`, row.reason, place);
    if (row.facts?.some((fact) => this.#names.knows(fact)) === false) {
      throw unknowable(`${object}.${name}`, 'its operator gave no database that says it, by geo-database', place);
    }
    if (!isIn(phase, row.since)) throw tooEarly(`${object}.${name}`, row.since ?? phase, { phase, place });
    return { type: row.type, row };
  }

  #index(node: Node<'[]'> | Node<'[?]'>): Static {
    const [left, index] = node.args;
    const object = this.#object(left);
    const name = literal(index);
    const type = object.type === undefined ? undefined : this.#names.types[object.type];
    if (type) {
      if (name === undefined) throw new ExpressionProblem('a field is named, as in "req.method"', index);
      return this.#fieldOf(type, { name, place: index, left });
    }
    if (object.row?.isLowerCase === true) lowerCase(index);
    this.value(index);
    return itemOf(object);
  }

  #membership(node: Node<'in'>): Static {
    const [item, list] = node.args;
    this.value(item);
    if (this.value(list).row?.isLowerCase === true) lowerCase(item);
    return {};
  }

  #call(node: Node<'call'>): Static {
    const [name, args] = node.args;
    if (name === 'has') return this.#has(node);
    const known = this.#find(node, { group: '', name, argumentCount: args.length });
    for (const arg of args) this.value(arg);
    if (name === 'matches') compileLiteral(args[1]);
    if (known.replaces.has(args.length)) node.args[0] = replacing + name;
    return typeOf(known.returnType);
  }

  /** The engine knows `has(a.b)` only; `has(a["b"])` is the same. */
  #has(node: Node<'call'>): Static {
    const [, args] = node.args;
    const [field] = args;
    if (field === undefined || args.length > 1) throw new ExpressionProblem('"has()" takes one argument', node);
    const chain = this.#asFields(field);
    if (chain === undefined || chain.op === 'id') {
      throw new ExpressionProblem(
        '"has()" takes names only, as in has(req.headers.accept); look into lists with size()',
        field,
      );
    }
    args[0] = chain;
    this.#visit(chain);
    return {};
  }

  #asFields(node: ASTNode): ASTNode | undefined {
    if (node.op === 'id') return node;
    const name =
      node.op === '.' || node.op === '.?' ? node.args[1] : node.op === '[]' ? literal(node.args[1]) : undefined;
    if (name === undefined) return undefined;
    const left = this.#asFields((node as Node<'.'>).args[0]);
    if (left === undefined) return undefined;
    if (node.op === '[]') return this.#names.access(left, name, node);
    (node as Node<'.'>).args[0] = left;
    return node;
  }

  #method(node: Node<'rcall'>): Static {
    const [name, receiver, args] = node.args;
    const isNamespace =
      receiver.op === 'id' && namespaceNames.has(receiver.args) && !this.#bound.includes(receiver.args);
    const group = isNamespace ? receiver.args : '.';
    this.readsSecrets ||= group === 'secrets';
    if (!isNamespace && this.#names.functions.isMacro(name, args.length)) return this.#macro(node);
    const known = this.#find(node, { group, name, argumentCount: args.length });
    if (!isNamespace) this.value(receiver);
    for (const arg of args) this.value(arg);
    if (name === 'matches') compileLiteral(args[0]);
    if (known.replaces.has(args.length)) node.args[0] = replacing + name;
    return typeOf(known.returnType);
  }

  #macro(node: Node<'rcall'>): Static {
    const [name, receiver, [variable, ...bodies]] = node.args;
    this.value(receiver);
    if (variable?.op !== 'id') {
      throw new ExpressionProblem(`".${name}()" takes a name for the value first`, variable ?? node);
    }
    this.#bound.push(variable.args);
    const { maxMacroDepth } = this.#names.limits;
    if (this.#bound.length > maxMacroDepth) {
      throw new ExpressionProblem(
        `more than ${maxMacroDepth} of all, exists, map and the like are inside each other`,
        node,
      );
    }
    for (const body of bodies) this.value(body);
    this.#bound.pop();
    return {};
  }

  #find(
    node: Node<'call'> | Node<'rcall'>,
    call: Parameters<FunctionIndex['find']>[0],
  ): ReturnType<FunctionIndex['find']> {
    const from = node.op === 'call' ? node.start : node.args[1].end;
    const start = node.input.indexOf(call.name, from);
    return this.#names.functions.find(call, this.#names.phase, { start, end: start + call.name.length });
  }
}

/** The parts of a node that has no names itself. */
export function partsOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return node.args;
  }
}

function isIn(phase: Phase, since: Phase | undefined): boolean {
  return since === undefined || phases.indexOf(phase) >= phases.indexOf(since);
}

/** The type of what is in a list or map. */
function itemOf({ type = '' }: Static): Static {
  const item = /^list<(.+)>$/.exec(type)?.[1] ?? /^map<\w+, (.+)>$/.exec(type)?.[1];
  return item === undefined ? {} : { type: item };
}

function typeOf(type: string | undefined): Static {
  return type === undefined ? {} : { type };
}

function literal(node: ASTNode): string | undefined {
  return node.op === 'value' && typeof node.args === 'string' ? node.args : undefined;
}

function lowerCase(node: ASTNode): void {
  const text = literal(node);
  if (text !== undefined) (node as Writable<Node<'value'>>).args = text.toLowerCase();
}

function rename(node: Node<'.'> | Node<'.?'>, change: (name: string) => string): void {
  node.args[1] = change(node.args[1]);
}

/** A pattern that is written out is compiled once, and refused now. */
function compileLiteral(node: ASTNode | undefined): void {
  const source = node && literal(node);
  if (node === undefined || source === undefined) return;
  try {
    (node as { args: unknown }).args = compilePattern(source);
  } catch (error) {
    if (error instanceof PatternProblem)
      throw new ExpressionProblem(`the pattern cannot be used: ${error.message}`, node);
    throw error;
  }
}

/** The other thing that a name stands for, which the view has under the name with `$` in front. */
function useOther(node: ASTNode): void {
  if (node.op === '.' || node.op === '.?') rename(node, (name) => `$${name}`);
  else if (node.op === '[]' || node.op === '[?]') {
    (node.args[1] as Writable<Node<'value'>>).args = `$${literal(node.args[1]) ?? ''}`;
  }
}

function unknowable(name: string, reason: string, place: Place): ExpressionProblem {
  return new ExpressionProblem(`this server cannot know "${name}": ${reason}`, place);
}

function unknownField(
  object: string,
  name: string,
  { type, place }: { type: ObjectType; place: Place },
): ExpressionProblem {
  const fields = Object.keys(type.fields);
  const near = nearestKey(name.slice(0, 64), fields);
  const hint = near === undefined ? `it has ${fields.join(', ')}` : `did you mean "${object}.${near}"?`;
  return new ExpressionProblem(`"${object}" has no field "${name.slice(0, 64)}"`, place, hint);
}
