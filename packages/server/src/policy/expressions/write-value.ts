// How values of the expression language are written as text and as JSON, wherever that is done.
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { EvaluationFailure } from './evaluation-failure.ts';
import { defaultExpressionLimits } from './expression-limits.ts';

/**
 * A value in a text: texts and bytes (UTF-8) as they are, `true` and `false`, numbers in decimal, times by RFC 3339,
 * durations in seconds such as `1.5s`, null as nothing, lists and maps as JSON.
 *
 * @throws {EvaluationFailure} It is nothing that can be written.
 */
export function writeValue(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return writeDouble(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  const json = toJson(value, 0);
  return typeof json === 'string' ? json : writeJson(value);
}

/** Keys in order, so that the same value is always written the same way. @throws {EvaluationFailure} */
export function writeJson(value: unknown): string {
  const text = JSON.stringify(toJson(value, 0), (_, item: unknown) => (typeof item === 'bigint' ? rawInt(item) : item));
  if (text.length > defaultExpressionLimits.maxMadeChars) throw new EvaluationFailure('a text becomes too long');
  return text;
}

/** JSON knows one kind of number; readers of it are exact up to 2^53, but the digits are all there. */
function rawInt(value: bigint): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value));
}

export function writeDouble(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

/** RFC 3339, without a fraction where there is none. */
export function writeTimestamp(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}

export function writeDuration(duration: Duration): string {
  const nanos = duration.seconds * 1_000_000_000n + BigInt(duration.nanos);
  const size = nanos < 0n ? -nanos : nanos;
  const fraction = (size % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  return `${nanos < 0n ? '-' : ''}${size / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}s`;
}

/** What an object of ours shows of itself; `undefined` is left out. */
export const shownFields = Symbol('shownFields');

function toJson(value: unknown, depth: number): unknown {
  if (depth > defaultExpressionLimits.maxJsonDepth) throw new EvaluationFailure('a list is too deep');
  if (value === null || ['string', 'boolean', 'bigint'].includes(typeof value)) return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : writeDouble(value);
  if (value instanceof UnsignedInt) return value.valueOf();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return writeTimestamp(value);
  if (value instanceof Duration) return writeDuration(value);
  if (Array.isArray(value)) return value.map((item) => toJson(item, depth + 1));
  return Object.fromEntries(entriesOf(value).map(([key, item]) => [String(key), toJson(item, depth + 1)]));
}

/** In the order of their keys. */
function entriesOf(value: unknown): (readonly [unknown, unknown])[] {
  if (value instanceof Map) return sorted([...value]);
  if (typeof value !== 'object' || value === null) throw new EvaluationFailure('a value cannot be written');
  if (Object.getPrototypeOf(value) === Object.prototype) return sorted(Object.entries(value));
  const names = (value as { [shownFields]?: readonly string[] })[shownFields];
  if (names === undefined) throw new EvaluationFailure('a value cannot be written');
  const fields = value as Readonly<Record<string, unknown>>;
  return names.map((name) => [name, fields[name]] as const).filter(([, item]) => item !== undefined);
}

function sorted(entries: (readonly [unknown, unknown])[]): (readonly [unknown, unknown])[] {
  return entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}
