import { isDeepStrictEqual } from 'node:util';
import type { FormField, FormInput, NumberInput, TextInput } from '@adit/contracts';
import { formLabel } from './form-label.ts';

/** JSON Schema as zod writes it, with what modules say of texts besides (`.meta()`). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Where an input stands. */
interface Place {
  /** For messages. */
  readonly path: string;
  /** Of the field that it is an input of. */
  readonly name: string;
}

/** What every schema may say, wherever it stands; fields have read it. */
const said = ['type', 'description', 'default'];

/** Limits have their units in their names. */
const unitEnding = /_(bytes|seconds)$/;

/**
 * The fields of an object, in its order.
 *
 * @param path Where it stands, for messages.
 * @throws {Error} A field says nothing of itself, or a schema has what forms do not know: then they have to learn it.
 */
export function formFields(schema: JsonSchema, path: string): FormField[] {
  const {
    properties,
    required = [],
    additionalProperties,
  } = only(schema, path, ['properties', 'required', 'additionalProperties']);
  if (additionalProperties !== false) throw new Error(`${path}: unknown keys are not refused (z.strictObject)`);
  return Object.entries(properties as Record<string, JsonSchema>).map(([name, field]) => {
    const at = `${path}.${name}`;
    const { description: help } = field;
    if (typeof help !== 'string') throw new Error(`${at}: it has no description`);
    return {
      ...{ name, label: formLabel(name.replace(unitEnding, '')), help },
      isRequired: (required as string[]).includes(name),
      ...('default' in field && { default: field['default'] }),
      input: formInput(field, { path: at, name }),
    };
  });
}

/** @throws {Error} As `formFields`. */
function formInput(schema: JsonSchema, place: Place): FormInput {
  const { path } = place;
  if (schema['anyOf'] !== undefined) return eitherInput(schema, place);
  if (Array.isArray(schema['type'])) return eitherType(schema, place);
  if (schema['enum'] !== undefined || schema['const'] !== undefined) return choiceInput(schema, path);
  switch (schema['type']) {
    case 'string':
      return textInput(schema, path);
    case 'number':
    case 'integer':
      return numberInput(schema, place);
    case 'boolean':
      only(schema, path, []);
      return { kind: 'switch' };
    case 'array':
      return listInput(schema, place);
    case 'object':
      return schema['properties'] === undefined ? mapInput(schema, place) : groupInput(schema, path);
    default:
      throw new Error(`${path}: forms have nothing for the type ${JSON.stringify(schema['type'])}`);
  }
}

function eitherInput(schema: JsonSchema, place: Place): FormInput {
  const { anyOf } = only(schema, place.path, ['anyOf']);
  const all = anyOf as JsonSchema[];
  // One, or a list of the same: a list can hold one.
  const list = all.find(({ type, items }) => type === 'array' && all.some((one) => isDeepStrictEqual(one, items)));
  if (all.length === 2 && list) return formInput(list, place);
  return { kind: 'either', of: all.map((one) => formInput(one, place)) };
}

/** Of types about which nothing more is said. */
function eitherType(schema: JsonSchema, place: Place): FormInput {
  const { type } = only(schema, place.path, []);
  return { kind: 'either', of: (type as string[]).map((one) => formInput({ type: one }, place)) };
}

function choiceInput(schema: JsonSchema, path: string): FormInput {
  const { enum: several, const: one } = only(schema, path, ['enum', 'const']);
  return { kind: 'choice', choices: (several ?? [one]) as (string | number)[] };
}

function textInput(schema: JsonSchema, path: string): TextInput {
  const { minLength, maxLength, pattern, isSecret, expressions } = only(schema, path, [
    ...['minLength', 'maxLength', 'pattern'],
    ...['isSecret', 'expressions'],
  ]);
  if (![undefined, 'inside', 'whole'].includes(expressions as string)) {
    throw new Error(`${path}: expressions are "inside" or "whole", not ${JSON.stringify(expressions)}`);
  }
  return {
    kind: isSecret ? 'secret' : 'text',
    expressions: (expressions ?? 'none') as TextInput['expressions'],
    ...present({ minLength, maxLength, pattern }),
  };
}

function numberInput(schema: JsonSchema, { path, name }: Place): NumberInput {
  const { minimum: min, maximum: max } = only(schema, path, ['minimum', 'maximum']);
  const unit = unitEnding.exec(name)?.[1];
  return { kind: 'number', isWhole: schema['type'] === 'integer', ...present({ min, max, unit }) };
}

function listInput(schema: JsonSchema, { path, name }: Place): FormInput {
  const { items, minItems: min, maxItems: max } = only(schema, path, ['items', 'minItems', 'maxItems']);
  const of = formInput(items as JsonSchema, { path: `${path}[]`, name });
  return { kind: 'list', of, ...present({ min, max }) };
}

function mapInput(schema: JsonSchema, { path, name }: Place): FormInput {
  const { propertyNames, additionalProperties } = only(schema, path, ['propertyNames', 'additionalProperties']);
  const keys = textInput(propertyNames as JsonSchema, `${path}, its names`);
  return { kind: 'map', keys, values: formInput(additionalProperties as JsonSchema, { path: `${path}.*`, name }) };
}

function groupInput(schema: JsonSchema, path: string): FormInput {
  return { kind: 'group', fields: formFields(schema, path) };
}

/** @throws {Error} The schema says something else as well. */
function only(schema: JsonSchema, path: string, known: readonly string[]): JsonSchema {
  const unknown = Object.keys(schema).filter((key) => !known.includes(key) && !said.includes(key));
  if (unknown.length === 0) return schema;
  throw new Error(`${path}: its schema has ${unknown.join(', ')}, which forms do not know (tools/gen/policy-forms)`);
}

function present(values: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
