import type { ASTNode } from '@marcbachmann/cel-js';
import type { Fuel } from './fuel.ts';
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

function meterCall(node: ASTNode & Handled, fuel: Fuel): void {
  const { handle } = node;
  if (!handle) return;
  node.handle = (args, ...rest) => {
    for (const arg of args as unknown[]) payFor(arg, fuel);
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
