import { EvaluationFailure } from './evaluation-failure.ts';
import { defaultExpressionLimits } from './expression-limits.ts';

const converted = new WeakMap<object, unknown>();

/**
 * A value that came from elsewhere (JSON, a policy's result) as the engine takes it: plain objects become maps, so that no key
 * of theirs (`constructor`, `__proto__`) means anything to it; JavaScript's numbers are doubles; what is undefined is left
 * out. Values of the engine stay as they are. A list or object is converted once: it must not change afterwards.
 */
export function toCel(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (!Array.isArray(value) && !isPlain(value) && !(value instanceof Map)) return value;
  if (depth > defaultExpressionLimits.maxJsonDepth) throw new EvaluationFailure('a list is too deep');
  const known = converted.get(value);
  if (known !== undefined) return known;
  const made = Array.isArray(value) ? value.map((item) => toCel(item, depth + 1)) : toMap(value, depth);
  converted.set(value, made);
  return made;
}

function toMap(value: object, depth: number): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (const [key, item] of value instanceof Map ? value : Object.entries(value)) {
    if (item !== undefined) map.set(key, toCel(item, depth + 1));
  }
  return map;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
