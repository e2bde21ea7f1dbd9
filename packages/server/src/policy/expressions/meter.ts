import type { ASTNode } from '@marcbachmann/cel-js';
import type { Fuel } from './fuel.ts';
import type { FunctionIndex } from './name-index.ts';
import { partsOf } from './name-walk.ts';

/**
 * Where the engine, once it has checked the types, keeps what an operator or call does. Not declared, so a test watches that
 * it is still so.
 */
interface Handled {
  handle?: (first: unknown, ...rest: unknown[]) => unknown;
}

/**
 * Lets operators and calls that are repeated pay for the size of what they work on, and `+` everywhere: the rest is done once
 * and is as short as the expression. To be called after the engine has checked the types.
 */
export function meter(root: ASTNode, functions: FunctionIndex, fuel: Fuel): void {
  const visit = (node: ASTNode, isRepeated: boolean): void => {
    if (isRepeated || node.op === '+') meterOne(node, fuel);
    const isMacro = node.op === 'rcall' && functions.isMacro(node.args[0], node.args[2].length);
    for (const part of partsOf(node)) visit(part, isRepeated || (isMacro && part !== node.args[1]));
  };
  visit(root, false);
}

function meterOne(node: Handled & ASTNode, fuel: Fuel): void {
  const { handle, op } = node;
  if (!handle) return;
  if (op === 'call' || op === 'rcall') {
    node.handle = (args, ...rest) => {
      fuel.look(sizeOf(args));
      return handle(args, ...rest);
    };
  } else if (['+', '==', '!=', 'in', '<', '<=', '>', '>='].includes(op)) {
    node.handle = (left, right, ...rest) => {
      fuel.look(sizeOf(left) + sizeOf(right));
      const made = handle(left, right, ...rest);
      if (op === '+') checkSize(made, fuel);
      return made;
    };
  }
}

function checkSize(made: unknown, fuel: Fuel): void {
  if (typeof made === 'string' || made instanceof Uint8Array) fuel.makeText(made.length);
  else if (Array.isArray(made)) fuel.makeList(made.length);
}

/** Characters; values of lists and maps count as eight, those in them too. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length;
  if (!Array.isArray(value) && !(value instanceof Map)) return 1;
  let size = 8;
  for (const item of value.values()) size += 8 + sizeOf(item);
  return size;
}
