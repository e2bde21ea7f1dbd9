// What streams carry: JSON messages, calls, heartbeats, proxied connections. Their layout is declared in ../protocol.ts;
// how bytes of a stream reach the peer is in ../mux.
import { z } from 'zod';

/**
 * Pieces of the message schemas, as loose as the clients are: a value that is absent arrives as `null`, as the zero of
 * its type or not at all, and letter case differs from client to client (agent protocol, §9).
 */

/** A value for which `null` and "not there" mean `fallback`. */
function absentAs<Schema extends z.ZodType>(schema: Schema, fallback: z.output<Schema>) {
  return schema.nullish().transform((value): z.output<Schema> => value ?? fallback);
}

/** A value for which `null` and "not there" mean `null`. */
export function orNull<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value): z.output<Schema> | null => value ?? null);
}

/** Absent: `''`. */
export const text = absentAs(z.string(), '');
/** Absent: `0`. Fractions are cut off. */
export const integer = absentAs(z.number(), 0).transform(Math.trunc);
/** Absent: `false`. */
export const flag = absentAs(z.boolean(), false);
/** Absent: `[]`. */
export const textList = absentAs(z.custom<string[]>(isTextList, 'expected a list of texts'), []);

/** A JSON object kept as it came, key for key. Absent: `{}`. */
export const verbatimObject = absentAs(z.custom<Record<string, unknown>>(isJsonObject, 'expected an object'), {});

/** An object whose keys are matched without regard to case and read under the names of `shape`; others are dropped. */
export function anyCase<Shape extends z.ZodRawShape>(shape: Shape) {
  const names = new Map(Object.keys(shape).map((name) => [name.toLowerCase(), name]));
  return z.preprocess((value) => (isJsonObject(value) ? renameKeys(value, names) : value), z.object(shape));
}

/** As `anyCase`, for an object of which nothing is needed: absent reads as if it were `{}`. */
export function anyCaseOrEmpty<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess((value) => value ?? {}, anyCase(shape));
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

/** As a whole, not entry by entry: of a million wrong entries a schema makes a million problems. */
function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
