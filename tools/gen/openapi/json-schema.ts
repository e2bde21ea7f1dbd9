import type { ApiSchema } from '@adit/contracts';
import { z } from 'zod';

/** Collects the schemas that have names. */
export type Components = Map<string, ApiSchema>;

/**
 * A schema of the contract as the document has it. What has a name (`.meta({ id })`) goes into the components, and is
 * referred to.
 *
 * Always of what is sent, never of what comes out of parsing: with `z.object` it says nothing of unknown keys, which clients
 * must expect in answers, with `z.strictObject` it forbids them, which the server does in requests.
 *
 * @throws {Error} Two schemas have one name.
 */
export function toApiSchema(schema: z.ZodType, components: Components): ApiSchema {
  const { $schema: _, $defs = {}, ...own } = z.toJSONSchema(schema, { io: 'input' }) as z.core.JSONSchema.BaseSchema;
  for (const [name, definition] of Object.entries($defs)) {
    const tidied = tidy(definition) as ApiSchema;
    const before = components.get(name);
    if (before && JSON.stringify(before) !== JSON.stringify(tidied)) throw new Error(`two schemas are called ${name}`);
    components.set(name, tidied);
  }
  return tidy(own) as ApiSchema;
}

/** Leaves out what says nothing to readers, and writes what may be null in one piece. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, inner]) => tidyEntry(key, inner, value));
  return orNull(Object.fromEntries(entries));
}

function tidyEntry(key: string, value: unknown, owner: object): [string, unknown][] {
  if (key === '$ref') return [[key, String(value).replace('#/$defs/', '#/components/schemas/')]];
  if (key === 'isSecret') return value === true ? Object.entries({ format: 'password', writeOnly: true }) : [];
  // Fields may be called as keywords are.
  if (key === 'properties') return [[key, mapValues(value as object)]];
  // The format says it.
  if (key === 'pattern' && 'format' in owner) return [];
  if ((key === 'minimum' || key === 'maximum') && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER) return [];
  return [[key, tidy(value)]];
}

function mapValues(schemas: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, tidy(schema)]));
}

/** `{ anyOf: [{ type: T }, { type: 'null' }] }` → `{ type: [T, 'null'] }`. */
function orNull({ anyOf, ...rest }: Record<string, unknown>): Record<string, unknown> {
  const [only, ...others] = ((anyOf ?? []) as Record<string, unknown>[]).filter(({ type }) => type !== 'null');
  if (anyOf === undefined) return rest;
  if (others.length > 0 || typeof only?.['type'] !== 'string') return { ...rest, anyOf };
  const { type, enum: choices, ...more } = only;
  return { type: [type, 'null'], ...(choices !== undefined && { enum: [...(choices as []), null] }), ...more, ...rest };
}
