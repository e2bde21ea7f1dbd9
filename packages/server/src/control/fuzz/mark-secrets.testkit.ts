import type { ApiSchema } from '@adit/contracts';
import { secretText } from './odd-json.testkit.ts';

/** What has a form of its own: keys, certificates, codes of a second factor. */
const formed = /^(?:-----|\d{6}$)/;

/** The value with every text that its schema calls secret made one that can be looked for; what has a form stays. */
export function markSecrets(value: unknown, schema: ApiSchema, resolve: (of: ApiSchema) => ApiSchema): unknown {
  const { writeOnly, anyOf, properties = {} } = resolve(schema);
  if (anyOf) return anyOf.reduce((marked, one) => markSecrets(marked, one, resolve), value);
  if (typeof value === 'string') return writeOnly && !formed.test(value) ? `${secretText} ${value}` : value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, markSecrets(inner, properties[name] ?? {}, resolve)]),
  );
}
