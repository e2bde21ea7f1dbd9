import { nearestKey } from '@adit/contracts';
import type { FilterFields, FilterFieldType } from '@adit/contracts/api';
import type { ASTNode } from '@marcbachmann/cel-js';
import { defaultFilterLimits } from './filter-limits.ts';
import { invalidFilter } from './invalid-filter.ts';
import { isTimestamp } from './is-timestamp.ts';
import { readDuration } from './read-duration.ts';

const textMethods = new Set(['startsWith', 'endsWith', 'contains']);
const timeMethods = new Set(['add', 'subtract']);

/** What is refused, in words; every other operator is arithmetic. */
const names: Readonly<Record<string, string>> = {
  '?:': 'a choice with "?"',
  '[]': 'an index',
  '[?]': 'an index',
  '.?': 'optional access',
  map: 'a map',
};

/**
 * Refuses whatever is not in the subset of CEL that filters are written in; answers the fields that are used. Types are not
 * looked at, except that ids are compared as wholes.
 *
 * @throws {AditError} 250
 */
export function checkSubset(root: ASTNode, fields: FilterFields): FilterFields {
  const walk = new SubsetWalk(fields);
  walk.visit(root);
  return Object.fromEntries(walk.used);
}

class SubsetWalk {
  readonly used = new Map<string, FilterFieldType>();
  readonly #fields: FilterFields;
  #searches = 0;

  constructor(fields: FilterFields) {
    this.#fields = fields;
  }

  visit(node: ASTNode): void {
    switch (node.op) {
      case 'value':
        return this.#value(node);
      case 'id':
      case '.':
        this.#field(node);
        return;
      case 'call':
        return this.#call(node);
      case 'rcall':
        return this.#method(node);
      case 'in':
        return this.#membership(node.args);
      case '!_':
        return this.visit(node.args);
      case '||':
      case '&&':
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        for (const side of node.args) this.visit(side);
        return;
      case 'list':
        throw invalidFilter('a list stands after "in" only', node.start);
      default:
        throw unsupported(names[node.op] ?? 'arithmetic', node);
    }
  }

  #membership([value, list]: readonly [ASTNode, ASTNode]): void {
    this.visit(value);
    if (list.op === 'list') for (const item of list.args) this.#item(item);
    else this.#field(list);
  }

  #item(node: ASTNode): void {
    if (node.op !== 'value') throw invalidFilter('a list holds values only', node.start);
    this.#value(node);
  }

  #value(node: ASTNode & { op: 'value' }): void {
    if (['string', 'bigint', 'boolean'].includes(typeof node.args)) return;
    throw invalidFilter('values are text, whole numbers, true and false', node.start);
  }

  #field(node: ASTNode): FilterFieldType {
    const path = pathOf(node);
    const name = path?.startsWith('obj.') === true ? path.slice('obj.'.length) : undefined;
    const type = name !== undefined && Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
    if (name === undefined || type === undefined) throw unknownField(path ?? '', node, this.#fields);
    this.used.set(name, type);
    return type;
  }

  #call(node: ASTNode & { op: 'call' }): void {
    const [name, args] = node.args;
    const [arg] = args;
    if (name !== 'size' && name !== 'timestamp') throw unsupported(`"${name}()"`, node);
    if (arg === undefined || args.length > 1) throw invalidFilter(`"${name}()" takes one argument`, node.start);
    if (name === 'size') this.#field(arg);
    else this.#timestamp(arg);
  }

  #timestamp(node: ASTNode): void {
    if (pathOf(node) === 'time.now') return;
    const text = node.op === 'value' && typeof node.args === 'string' ? node.args : '';
    if (isTimestamp(text)) return;
    throw invalidFilter('"timestamp()" takes time.now or a text such as "2026-01-31T00:00:00Z"', node.start);
  }

  #method(node: ASTNode & { op: 'rcall' }): void {
    const [name, receiver, args] = node.args;
    if (textMethods.has(name)) return this.#textMethod(node);
    if (timeMethods.has(name)) return this.#timeMethod(node);
    if (name !== 'size') throw unsupported(`".${name}()"`, node);
    if (args.length > 0) throw invalidFilter('".size()" takes no argument', node.start);
    this.#field(receiver);
  }

  #textMethod(node: ASTNode & { op: 'rcall' }): void {
    const [name, receiver, args] = node.args;
    const type = this.#field(receiver);
    if (type === 'id') throw invalidFilter(`".${name}()" is not for ids; compare them with "==" or "in"`, node.start);
    this.#searches += 1;
    const { maxSearches } = defaultFilterLimits;
    if (this.#searches > maxSearches)
      throw invalidFilter(`it looks into text more than ${maxSearches} times`, node.start);
    for (const arg of args) this.visit(arg);
  }

  #timeMethod(node: ASTNode & { op: 'rcall' }): void {
    const [name, receiver, [arg, ...more]] = node.args;
    const isTime = receiver.op === 'call' && receiver.args[0] === 'timestamp';
    if (!isTime) throw invalidFilter(`".${name}()" follows "timestamp(…)" only`, node.start);
    this.#call(receiver);
    const text = arg?.op === 'value' && typeof arg.args === 'string' ? arg.args : '';
    if (more.length > 0 || readDuration(text) === undefined) {
      throw invalidFilter(`".${name}()" takes a text such as "7d", "24h" or "1h30m"`, arg?.start ?? node.start);
    }
  }
}

/** `a.b.c`; undefined for anything but names with dots between them. */
function pathOf(node: ASTNode): string | undefined {
  if (node.op === 'id') return node.args;
  if (node.op !== '.') return undefined;
  const [receiver, name] = node.args;
  const before = pathOf(receiver);
  return before === undefined ? undefined : `${before}.${name}`;
}

function unknownField(path: string, node: ASTNode, fields: FilterFields): Error {
  if (path === '') return invalidFilter('a field such as obj.id is expected here', node.start);
  const known = Object.keys(fields);
  const nearest = nearestKey(path.replace(/^obj\./, ''), known);
  const advice =
    nearest === undefined ? `known are ${known.map((key) => `obj.${key}`).join(', ')}` : `did you mean obj.${nearest}?`;
  return invalidFilter(`there is no field ${path.slice(0, 64)}; ${advice}`, node.start);
}

function unsupported(what: string, { start }: ASTNode): Error {
  return invalidFilter(`${what.slice(0, 64)} is not supported in filters`, start);
}
