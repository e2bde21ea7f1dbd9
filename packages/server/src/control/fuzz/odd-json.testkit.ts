// JSON texts, valid but for one place, from the schemas of the API's document. They are texts and no values: a number beyond
// all numbers, or a name that is there twice, has no value.
import type { ApiSchema } from '@adit/contracts';
import fc from 'fast-check';
import { oddText } from './odd-texts.testkit.ts';

export interface OddJsonOptions {
  /** What a `$ref` names. */
  resolve(schema: ApiSchema): ApiSchema;
  /** Texts that mean something to this API. */
  readonly texts: readonly string[];
}

/** In texts for places that are secret. */
export const secretText = 'never shown';

const depth = 20_000;
const wrongValues = [
  ...['null', 'true', 'false', '0', '-0', '1', '-1', '1.5', '1e400', '-1e400', '1e-400', '9007199254740993', '""'],
  ...[
    '[]',
    '{}',
    '[null]',
    '[[]]',
    '[{}]',
    '[""]',
    '{"":""}',
    '{"__proto__":{"x":1}}',
    '{"constructor":{"prototype":1}}',
  ],
  ...['{"toString":1}', '{"length":-1}', '{"then":1}', '{"toJSON":1}', '{"a":1,"a":2}', '"\\ud800"', '"\\u0000"'],
  ...[`${'['.repeat(depth)}${']'.repeat(depth)}`, `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
];

/** A value that the schema may or may not allow, with at most one odd place in it. */
export function oddJson(schema: ApiSchema, options: OddJsonOptions): fc.Arbitrary<string> {
  const whole = fc.constantFrom(...wrongValues);
  const inside = insideOf(options.resolve(schema), options);
  return inside.length === 0 ? whole : fc.oneof({ arbitrary: whole, weight: 1 }, ...inside.map(thrice));
}

/** How many places `oddJson` can be odd in. */
export function countPlaces(schema: ApiSchema, options: OddJsonOptions): number {
  const { anyOf = [], items, properties = {} } = options.resolve(schema);
  const below = [...anyOf, ...(items ? [items] : []), ...Object.values(properties)];
  return below.reduce((sum, one) => sum + countPlaces(one, options), 1);
}

/** A value that the schema allows, as far as it tells. */
export function plainJson(schema: ApiSchema, options: OddJsonOptions): string {
  const { anyOf, items, properties = {}, required = [], ...rest } = options.resolve(schema);
  if (anyOf?.[0]) return plainJson(anyOf[0], options);
  if (rest.enum || 'const' in rest) return JSON.stringify(rest.enum?.[0] ?? rest.const);
  const type = [rest.type].flat()[0];
  if (type === 'array') return items ? `[${plainJson(items, options)}]` : '[]';
  if (type === 'object') return objectText(required.map((name) => [name, plainJson(properties[name] ?? {}, options)]));
  if (type === 'integer' || type === 'number') return String(rest.minimum ?? 1);
  // A text that several formats have in common.
  return type === 'boolean' ? 'true' : '"arn:a"';
}

function insideOf(schema: ApiSchema, options: OddJsonOptions): fc.Arbitrary<string>[] {
  const types = [schema.type].flat();
  const named = (schema.enum ?? []).map((value) => fc.constantFrom(...variantsOf(value)));
  return [
    ...named,
    ...(schema.anyOf ?? []).map((one) => oddJson(one, options)),
    ...(types.includes('string')
      ? oddTexts(schema, options).map((texts) => texts.map((text) => JSON.stringify(text)))
      : []),
    ...(types.includes('integer') || types.includes('number') ? [oddNumber(schema)] : []),
    ...(schema.items ? [oddList(schema.items, { ...options, maxItems: schema.maxItems ?? 100 })] : []),
    ...oddObjects(schema, options),
  ];
}

function oddTexts({ writeOnly }: ApiSchema, { texts }: OddJsonOptions): fc.Arbitrary<string>[] {
  const odd = oddText(texts);
  return writeOnly ? [odd, odd.map((text) => `${secretText} ${text}`)] : [odd];
}

function variantsOf(value: unknown): [string, ...string[]] {
  const text = String(value);
  return [
    JSON.stringify(value),
    JSON.stringify(text.toUpperCase()),
    JSON.stringify(`${text} `),
    JSON.stringify([value]),
  ];
}

function oddNumber({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: ApiSchema): fc.Arbitrary<string> {
  const edges = [minimum - 1, minimum, minimum + 0.5, maximum, maximum + 1].map(String);
  return fc.oneof(fc.constantFrom(...edges), fc.double().map(String), fc.maxSafeInteger().map(String));
}

function oddList(items: ApiSchema, options: OddJsonOptions & { maxItems: number }): fc.Arbitrary<string> {
  const { maxItems } = options;
  const length = fc.constantFrom(0, 1, 2, maxItems, maxItems + 1, 20 * maxItems);
  const alike = fc.tuple(fc.oneof(fc.constant(plainJson(items, options)), oddJson(items, options)), length);
  // Many of a huge one is what the limit of the body is for; there are other cases for that.
  const repeated = alike.map(([text, count]) => `[${Array(text.length > 100 ? 1 : count).fill(text)}]`);
  return fc.oneof(
    repeated,
    fc.array(oddJson(items, options), { maxLength: 5 }).map((texts) => `[${texts}]`),
  );
}

function oddObjects(schema: ApiSchema, options: OddJsonOptions): fc.Arbitrary<string>[] {
  const { properties = {}, required = [] } = schema;
  const plain = required.map((name): [string, string] => [name, plainJson(properties[name] ?? {}, options)]);
  return Object.entries(properties).map(([name, inner]) =>
    oddJson(inner, options).map((text) => objectText([...plain.filter(([other]) => other !== name), [name, text]])),
  );
}

/** Of members that are JSON already; a name may be there twice. */
export function objectText(members: readonly (readonly [name: string, json: string])[]): string {
  return `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

function thrice<T>(arbitrary: fc.Arbitrary<T>) {
  return { arbitrary, weight: 3 };
}
