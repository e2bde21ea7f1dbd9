import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { EvaluationFailure } from '../evaluation-failure.ts';
import type { Fuel } from '../fuel.ts';
import { Room, writeDouble, writeDuration, writeTimestamp } from '../write-value.ts';

/** More digits than a double has are of no use, and each takes time. */
const maxPrecision = 100;
const clause = /%(?:\.(\d{1,3}))?(.?)/gsu;

/** `'%s has %d'.format(['x', 1])`, as the strings extension of CEL has it. @throws {EvaluationFailure} */
export function formatText(fuel: Fuel, text: string, values: readonly unknown[]): string {
  fuel.makeText(text.length);
  let used = 0;
  let length = text.length;
  const made = text.replace(clause, (_, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (used >= values.length) throw new EvaluationFailure('a format names more values than there are');
    const part = formatValue(verb, values[used++], precision === undefined ? undefined : Number(precision));
    length += part.length;
    fuel.makeText(length);
    return part;
  });
  return made;
}

function formatValue(verb: string, value: unknown, precision: number | undefined): string {
  if (precision !== undefined && precision > maxPrecision) throw new EvaluationFailure('a format has too many digits');
  const number = value instanceof UnsignedInt ? value.valueOf() : value;
  if (verb === 's') return formatString(value, new Room());
  if (verb === 'd' && (typeof number === 'bigint' || isNotFinite(number))) return writeNumber(number);
  if ((verb === 'f' || verb === 'e') && (typeof number === 'number' || typeof number === 'bigint')) {
    return formatDouble(verb, Number(number), precision ?? 6);
  }
  if (verb === 'b' && typeof number === 'boolean') return number ? '1' : '0';
  if (verb === 'b' && typeof number === 'bigint') return number.toString(2);
  if (verb === 'o' && typeof number === 'bigint') return number.toString(8);
  if (verb === 'x') return formatHex(number);
  if (verb === 'X') return formatHex(number).toUpperCase();
  throw new EvaluationFailure('a format and its value do not fit');
}

function isNotFinite(value: unknown): value is number {
  return typeof value === 'number' && !Number.isFinite(value);
}

function writeNumber(value: bigint | number): string {
  return typeof value === 'bigint' ? String(value) : writeWord(value);
}

function writeWord(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? 'Infinity' : '-Infinity';
}

function formatDouble(verb: 'f' | 'e', value: number, precision: number): string {
  if (!Number.isFinite(value)) return writeWord(value);
  if (verb === 'f') return value.toFixed(precision);
  // Exponents have two digits at least.
  return value.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');
}

function formatHex(value: unknown): string {
  if (typeof value === 'bigint') return value.toString(16);
  if (typeof value === 'string') return Buffer.from(value, 'utf8').toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  throw new EvaluationFailure('a format and its value do not fit');
}

function formatString(value: unknown, room: Room): string {
  const plain = formatPlain(value);
  if (plain !== undefined) {
    room.take(plain.length + 2);
    return plain;
  }
  return room.inside(() => {
    room.take(2);
    if (Array.isArray(value)) return `[${value.map((item) => formatString(item, room)).join(', ')}]`;
    const entries = value instanceof Map ? [...value] : isPlain(value) ? Object.entries(value) : undefined;
    if (entries === undefined) throw new EvaluationFailure('a format and its value do not fit');
    const written = entries.map(([key, item]) => `${formatString(key, room)}: ${formatString(item, room)}`);
    return `{${written.sort().join(', ')}}`;
  });
}

/** Undefined: a list or a map. */
function formatPlain(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? writeDouble(value) : writeWord(value);
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value instanceof UnsignedInt) return String(value.valueOf());
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (value instanceof Date) return writeTimestamp(value);
  return value instanceof Duration ? writeDuration(value) : undefined;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
