import type { ASTNode } from '@marcbachmann/cel-js';
import type { Fuel } from './fuel.ts';
import { replacing } from './make-environment.ts';
import { partsOf } from './walk-names.ts';

/**
 * Where the engine, once it has checked the types, keeps what an operator or call does. Not declared, so tests watch that it
 * is still so.
 */
interface Handled {
  handle?: (first: unknown, ...rest: unknown[]) => unknown;
}

const comparisons = new Set(['==', '!=', 'in', '<', '<=', '>', '>=']);

/**
 * Lets operators and calls pay for the size of what they work on, wherever somebody may have made it large. To be called after
 * the engine has checked the types.
 */
export function meter(node: ASTNode, fuel: Fuel): void {
  if (node.op === 'call' || node.op === 'rcall') meterCall(node, fuel);
  else if (node.op === '+') meterSum(node, fuel);
  else if (comparisons.has(node.op)) meterComparison(node, fuel);
  for (const part of partsOf(node)) meter(part, fuel);
}

const searches = new Set(
  ['contains', 'indexOf', 'lastIndexOf', 'replace', 'split'].flatMap((name) => [name, replacing + name]),
);

function meterCall(node: Extract<ASTNode, { op: 'call' | 'rcall' }> & Handled, fuel: Fuel): void {
  const { handle } = node;
  if (!handle) return;
  const isSearch = searches.has(node.args[0]);
  node.handle = (args, ...rest) => {
    for (const arg of args as unknown[]) payFor(arg, fuel);
    if (isSearch) payForSearch(args as unknown[], fuel);
    return handle(args, ...rest);
  };
}

function meterSum(node: ASTNode & Handled, fuel: Fuel): void {
  const { handle } = node;
  if (!handle) return;
  node.handle = (left, right, ...rest) => {
    const made = handle(left, right, ...rest);
    if (typeof made === 'string' || made instanceof Uint8Array) fuel.makeText(made.length);
    else if (Array.isArray(made)) fuel.makeList(made.length);
    return made;
  };
}

function meterComparison(node: ASTNode & Handled, fuel: Fuel): void {
  const { handle } = node;
  if (!handle) return;
  node.handle = (left, right, ...rest) => {
    payForAll(left, fuel);
    payForAll(right, fuel);
    return handle(left, right, ...rest);
  };
}

/** Short ones are part of the step. */
const freeChars = 256;

function payFor(value: unknown, fuel: Fuel): void {
  if (typeof value === 'string' || value instanceof Uint8Array) {
    if (value.length > freeChars) fuel.look(value.length);
  } else if (Array.isArray(value)) fuel.burn(value.length / 8);
}

/** A nanosecond for each. */
const comparisonsPerStep = 4_096;

/** Where a long text nearly stands at every place of another, each of its characters is compared at each of them. */
function payForSearch([text, part]: readonly unknown[], fuel: Fuel): void {
  if (typeof text !== 'string' || typeof part !== 'string' || part.length <= freeChars) return;
  const places = Math.max(0, text.length - part.length + 1);
  fuel.burn((places * part.length) / comparisonsPerStep);
}

/** Lists in lists too: a few steps make one whose copy would not fit into memory, as the same list is in it many times. */
function payForAll(value: unknown, fuel: Fuel): void {
  payFor(value, fuel);
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value) && !(value instanceof Map)) return;
  for (const item of value.values()) {
    if (typeof item !== 'object') payFor(item, fuel);
    else {
      fuel.burn(1);
      payForAll(item, fuel);
    }
  }
}
