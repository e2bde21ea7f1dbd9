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
  const json = toJson(value, new Room());
  return typeof json === 'string' ? json : stringify(json);
}

/** Keys in order, so that the same value is always written the same way. @throws {EvaluationFailure} */
export function writeJson(value: unknown): string {
  return stringify(toJson(value, new Room()));
}

function stringify(json: unknown): string {
  return JSON.stringify(json, (_, item: unknown) => (typeof item === 'bigint' ? rawInt(item) : item));
}

/** What may still be written of a value: one that is short in memory may be long on paper, with the same list in it many times. */
export class Room {
  #chars = defaultExpressionLimits.maxMadeChars;
  #depth = defaultExpressionLimits.maxJsonDepth;

  /** @throws {EvaluationFailure} It is used up. */
  take(chars: number): void {
    this.#chars -= chars;
    if (this.#chars < 0) throw new EvaluationFailure('a text becomes too long');
  }

  /** @throws {EvaluationFailure} Lists and maps are too deep inside each other. */
  inside<T>(write: () => T): T {
    this.#depth -= 1;
    if (this.#depth < 0) throw new EvaluationFailure('a list is too deep');
    const made = write();
    this.#depth += 1;
    return made;
  }
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

/** By class. */
const shownFields = new WeakMap<object, readonly string[]>();

/** Has objects of a class written by these fields; those that are not there are left out. */
export function writeFields(view: object, names: readonly string[]): void {
  shownFields.set(view, names);
}

function toJson(value: unknown, room: Room): unknown {
  const plain = plainJson(value);
  if (plain !== undefined) {
    // Numbers and the like count as eight; a comma comes with everything.
    room.take(typeof plain === 'string' ? plain.length + 3 : 8);
    return plain;
  }
  return room.inside(() => {
    room.take(2);
    if (Array.isArray(value)) return value.map((item) => toJson(item, room));
    const entries = entriesOf(value).map(([key, item]) => {
      room.take(String(key).length + 3);
      return [String(key), toJson(item, room)];
    });
    return Object.fromEntries(entries) as unknown;
  });
}

/** Undefined: a list, a map or an object. */
function plainJson(value: unknown): string | number | bigint | boolean | null | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint')
    return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : writeDouble(value);
  if (value instanceof UnsignedInt) return value.valueOf();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return writeTimestamp(value);
  return value instanceof Duration ? writeDuration(value) : undefined;
}

/** In the order of their keys. */
function entriesOf(value: unknown): (readonly [unknown, unknown])[] {
  if (value instanceof Map) return sorted([...value]);
  if (typeof value !== 'object' || value === null) throw new EvaluationFailure('a value cannot be written');
  if (Object.getPrototypeOf(value) === Object.prototype) return sorted(Object.entries(value));
  const names = shownFields.get(value.constructor);
  if (names === undefined) throw new EvaluationFailure('a value cannot be written');
  const fields = value as Readonly<Record<string, unknown>>;
  return names.map((name) => [name, fields[name]] as const).filter(([, item]) => item !== undefined);
}

function sorted(entries: (readonly [unknown, unknown])[]): (readonly [unknown, unknown])[] {
  return entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}
