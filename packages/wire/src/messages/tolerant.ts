// What streams carry: JSON messages, calls, heartbeats, proxied connections. Their layout is declared in ../protocol.ts;
// how bytes of a stream reach the peer is in ../mux.

/**
 * Pieces of the message shapes, as loose as the clients are: a value that is absent arrives as `null`, as the zero of
 * its type or not at all, and letter case differs from client to client (agent protocol, §9). Each is a function, which
 * reads a value or throws a `Misshapen`. Our own, and no schema library: an agent would need 19 MB and 30 ms for it.
 */
export type Shape<T> = (value: unknown) => T;

/** A value is not what its shape says. Names keys and types and never a value, which may be secret. */
export class Misshapen extends Error {
  /** Keys from the outermost object to the value. */
  readonly path: readonly (string | number)[];

  constructor(message: string, path: readonly (string | number)[] = []) {
    super(message);
    this.path = path;
  }
}

type Shapes = Readonly<Record<string, Shape<unknown>>>;
type Read<Keys extends Shapes> = { [Key in keyof Keys]: ReturnType<Keys[Key]> };

export const aString: Shape<string> = (value) => (typeof value === 'string' ? value : fail('string', value));
export const aBoolean: Shape<boolean> = (value) => (typeof value === 'boolean' ? value : fail('boolean', value));
/** Finite: JSON can say a number that is too large for any. */
export const aNumber: Shape<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : fail('number', value);

/** A value for which `null` and "not there" mean `fallback`. */
function absentAs<T>(shape: Shape<T>, makeFallback: () => T): Shape<T> {
  return (value) => (value === null || value === undefined ? makeFallback() : shape(value));
}

/** A value for which `null` and "not there" mean `null`. */
export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return absentAs<T | null>(shape, () => null);
}

/** Absent: `''`. */
export const text: Shape<string> = absentAs(aString, () => '');
/** Absent: `0`. Fractions are cut off. */
export const integer: Shape<number> = absentAs(
  (value) => Math.trunc(aNumber(value)),
  () => 0,
);
/** Absent: `false`. */
export const flag: Shape<boolean> = absentAs(aBoolean, () => false);
/** Absent: `[]`. */
export const textList: Shape<string[]> = absentAs(
  (value) => (isTextList(value) ? value : fail('a list of texts', value)),
  () => [],
);

/** A JSON object kept as it came, key for key. */
export const anObject: Shape<Record<string, unknown>> = (value) =>
  isJsonObject(value) ? value : fail('object', value);
/** As `anObject`. Absent: `{}`. */
export const verbatimObject: Shape<Record<string, unknown>> = absentAs(anObject, () => ({}));

/** One of these words. */
export function oneOf<const Word extends string>(words: readonly Word[]): Shape<Word> {
  return (value) => words.find((word) => word === value) ?? fail(`one of ${words.join(', ')}`, value);
}

export function listOf<T>(shape: Shape<T>): Shape<T[]> {
  return (value) => (Array.isArray(value) ? value.map((item, at) => within(at, shape, item)) : fail('array', value));
}

/** An object whose keys are matched without regard to case and read under the names of `shape`; others are dropped. */
export function anyCase<Keys extends Shapes>(keys: Keys): Shape<Read<Keys>> {
  const entries = Object.entries(keys);
  const names = new Map(entries.map(([name]) => [name.toLowerCase(), name]));
  return (value) => {
    const found = renameKeys(anObject(value), names);
    return Object.fromEntries(entries.map(([name, shape]) => [name, within(name, shape, found[name])])) as Read<Keys>;
  };
}

/** As `anyCase`, for an object of which nothing is needed: absent reads as if it were `{}`. */
export function anyCaseOrEmpty<Keys extends Shapes>(keys: Keys): Shape<Read<Keys>> {
  const shape = anyCase(keys);
  return (value) => shape(value ?? {});
}

function within<T>(key: string | number, shape: Shape<T>, value: unknown): T {
  try {
    return shape(value);
  } catch (problem) {
    throw problem instanceof Misshapen ? new Misshapen(problem.message, [key, ...problem.path]) : problem;
  }
}

function fail(expected: string, value: unknown): never {
  const received = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  throw new Misshapen(`Invalid input: expected ${expected}, received ${received}`);
}

/** When two keys differ in case only, the exact spelling wins, else the first. */
function renameKeys(value: Record<string, unknown>, names: ReadonlyMap<string, string>): Record<string, unknown> {
  const renamed: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const name = names.get(key.toLowerCase());
    if (name !== undefined && (key === name || !Object.hasOwn(renamed, name))) renamed[name] = item;
  }
  return renamed;
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
