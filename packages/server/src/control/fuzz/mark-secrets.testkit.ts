import type { ApiSchema } from '@adit/contracts';
import { secretText } from './odd-json.testkit.ts';

/** The value with every text that its schema calls secret made one that can be looked for; keys and certificates stay. */
export function markSecrets(value: unknown, schema: ApiSchema, resolve: (of: ApiSchema) => ApiSchema): unknown {
  const { writeOnly, anyOf, properties = {} } = resolve(schema);
  if (anyOf) return anyOf.reduce((marked, one) => markSecrets(marked, one, resolve), value);
  if (typeof value === 'string') return writeOnly && !value.startsWith('-----') ? `${secretText} ${value}` : value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, markSecrets(inner, properties[name] ?? {}, resolve)]),
  );
}
