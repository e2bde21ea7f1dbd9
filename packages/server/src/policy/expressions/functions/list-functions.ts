import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { EvaluationFailure } from '../evaluation-failure.ts';
import type { Fuel } from '../fuel.ts';
import { writeJson } from '../write-value.ts';
import { type FunctionRow, overloads } from './function-row.ts';

export function listFunctions(fuel: Fuel): FunctionRow[] {
  const flatten = (list: readonly unknown[], depth = 1n) => flattenList(fuel, list, depth);
  return [
    ...overloads('The values from one position up to, not with, another.', {
      'list<T>.slice(int, int): list<T>': (list: readonly unknown[], start: bigint, end: bigint) => {
        if (start < 0n || end > list.length || start > end)
          throw new EvaluationFailure('a list is shorter than the index');
        fuel.makeList(Number(end - start));
        return list.slice(Number(start), Number(end));
      },
    }),
    ...overloads('The lists in the list opened, one level or as many as the number says.', {
      'list.flatten(): list': flatten,
      'list.flatten(int): list': flatten,
    }),
    ...overloads('The values in ascending order: all numbers, texts, times or the like.', {
      'list<T>.sort(): list<T>': (list: readonly unknown[]) => sortList(fuel, list, list),
    }),
    ...overloads('The values without those that were there before.', {
      'list<T>.distinct(): list<T>': (list: readonly unknown[]) => {
        fuel.makeList(list.length);
        lookAtTexts(fuel, list);
        const known = new Set<unknown>();
        return list.filter((item) => {
          const key = distinctKey(item, fuel);
          return known.has(key) ? false : known.add(key);
        });
      },
    }),
    ...overloads('The whole numbers from 0 up to, not with, another.', {
      'lists.range(int): list<int>': (_: object, count: bigint) => {
        const length = Math.max(0, Number(count));
        fuel.makeList(length);
        return Array.from({ length }, (_item, i) => BigInt(i));
      },
    }),
  ];
}

/** `list` in the order of `keys`, which has one for each value. @throws {EvaluationFailure} They cannot be compared. */
export function sortList(fuel: Fuel, list: readonly unknown[], keys: readonly unknown[]): unknown[] {
  fuel.makeList(list.length * 4);
  lookAtTexts(fuel, keys);
  const kinds = new Set(keys.map(kindOf));
  if (kinds.size > 1 || kinds.has('other'))
    throw new EvaluationFailure('a list that is sorted holds what cannot be compared');
  const pairs = keys.map((key, i) => ({ key: comparable(key), item: list[i] }));
  return pairs.sort((a, b) => compare(a.key, b.key)).map(({ item }) => item);
}

/** Short ones are part of the step; long ones that begin alike are compared to their ends. */
function lookAtTexts(fuel: Fuel, values: readonly unknown[]): void {
  for (const value of values) if (typeof value === 'string' && value.length > 256) fuel.look(value.length);
}

function compare(a: string | number | bigint, b: string | number | bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function kindOf(value: unknown): string {
  if (value instanceof Date) return 'timestamp';
  if (value instanceof Duration) return 'duration';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof UnsignedInt) return 'uint';
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value) ? typeof value : 'other';
}

function comparable(value: unknown): string | number | bigint {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Duration) return value.seconds * 1_000_000_000n + BigInt(value.nanos);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (value instanceof UnsignedInt) return value.valueOf();
  return typeof value === 'boolean' ? Number(value) : (value as string | number | bigint);
}

/** The same for values that are equal. A whole number and the same number with a fraction are. */
function distinctKey(value: unknown, fuel: Fuel): unknown {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  const json = writeJson(value);
  fuel.look(json.length);
  return `${kindOf(value)}\u0000${json}`;
}

function flattenList(fuel: Fuel, list: readonly unknown[], depth: bigint): unknown[] {
  if (depth < 0n) throw new EvaluationFailure('a depth is negative');
  const flat: unknown[] = [];
  const open = (items: readonly unknown[], left: number) => {
    fuel.burn(1 + items.length / 8);
    for (const item of items) {
      if (Array.isArray(item) && left > 0) open(item, left - 1);
      else flat.push(item);
    }
    fuel.makeList(flat.length);
  };
  open(list, Math.min(Number(depth), 64));
  return flat;
}
