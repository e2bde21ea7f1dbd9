import type { FilterFields, FilterFieldType } from '@adit/contracts/api';

/** The engine's word for a point in time. */
export const timestampType = 'google.protobuf.Timestamp';

const celTypes: Readonly<Record<FilterFieldType, string>> = {
  id: 'string',
  string: 'string',
  timestamp: timestampType,
  int: 'int',
  bool: 'bool',
  list: 'list<string>',
};

/** Leaves by field name, in objects inside each other where the path has dots. */
export type Tree<T> = { [name: string]: T | Tree<T> };

/** The fields as the engine wants them declared: a field that is not declared could be of any type, and none is checked. */
export function schemaOf(fields: FilterFields): Tree<string> {
  return treeOf(Object.entries(fields).map(([path, type]) => [path, celTypes[type]]));
}

/**
 * The values of some fields of an API object as the engine takes them. Text, switches and lists that are absent read as
 * empty, as in the API; a number or time that is absent has no value, and no comparison with it is true.
 */
export function valuesOf(object: object, fields: FilterFields): Tree<unknown> {
  return treeOf(Object.entries(fields).map(([path, type]) => [path, converters[type](valueAt(object, path))]));
}

const converters: Readonly<Record<FilterFieldType, (value: unknown) => unknown>> = {
  id: textOf,
  string: textOf,
  bool: (value) => value === true,
  list: (value) => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []),
  // The engine takes JavaScript's numbers for fractions.
  int: (value) => (Number.isSafeInteger(value) ? BigInt(Number(value)) : undefined),
  timestamp: (value) => {
    const time = new Date(typeof value === 'string' ? value : Number.NaN);
    return Number.isNaN(time.getTime()) ? undefined : time;
  },
};

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function valueAt(object: object, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    const isHere = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    return isHere ? (value as Record<string, unknown>)[name] : undefined;
  }, object);
}

function treeOf<T>(leaves: readonly (readonly [path: string, leaf: T])[]): Tree<T> {
  const tree: Tree<T> = {};
  for (const [path, leaf] of leaves) {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let branch: Record<string, unknown> = tree;
    for (const name of names) branch = (branch[name] ??= {}) as Record<string, unknown>;
    branch[last] = leaf;
  }
  return tree;
}
