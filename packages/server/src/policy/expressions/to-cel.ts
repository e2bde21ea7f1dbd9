import { EvaluationFailure } from './evaluation-failure.ts';
import { defaultExpressionLimits } from './expression-limits.ts';

/**
 * A value that came from elsewhere (JSON, a policy's result) as the engine takes it: plain objects become maps, so that no key
 * of theirs (`constructor`, `__proto__`) means anything to it; JavaScript's numbers are doubles; what is undefined is left
 * out. Values of the engine stay as they are.
 *
 * @throws {EvaluationFailure} Lists or objects are too deep inside each other.
 */
export function toCel(value: unknown): unknown {
  return isCollection(value) ? convert(value, new Map(), 0) : (value ?? null);
}

/** What is in a list several times is one afterwards too. */
type Converted = Map<object, unknown>;

function convert(value: unknown, converted: Converted, depth: number): unknown {
  if (!isCollection(value)) return value ?? null;
  if (depth > defaultExpressionLimits.maxJsonDepth) throw new EvaluationFailure('a list is too deep');
  const known = converted.get(value);
  if (known !== undefined) return known;
  const made = Array.isArray(value)
    ? value.map((item) => convert(item, converted, depth + 1))
    : toMap(value, converted, depth);
  converted.set(value, made);
  return made;
}

function toMap(value: object, converted: Converted, depth: number): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (const [key, item] of value instanceof Map ? value : Object.entries(value)) {
    if (item !== undefined) map.set(key, convert(item, converted, depth + 1));
  }
  return map;
}

function isCollection(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || value instanceof Map || isPlain(value);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
