import type { ApiDocument, ApiSchema } from '@adit/contracts';
import type { CommandOption } from '../command.ts';
import { type ApiCall, bodySchema, resolveSchema } from './api-calls.ts';

/** Something that a call takes, and how the command line writes it. */
export interface CallField {
  /** As the API has it, e.g. `ip_policy_id`. */
  readonly name: string;
  /** The option, e.g. `ip-policy-id`; that of a secret names a file: `value-file`. */
  readonly option: string;
  readonly where: 'body' | 'query' | 'header';
  readonly kind: 'text' | 'number' | 'switch' | 'json';
  /** A secret is in it: it is read from a file, never from an option. */
  readonly isSecret: boolean;
  /** Given again for each element. */
  readonly isList: boolean;
  readonly isRequired: boolean;
  readonly description: string;
  /** The only values there are; empty: any. */
  readonly choices: readonly string[];
}

/** All that a call takes besides what stands in its path. */
export function callFields(document: ApiDocument, { operation }: ApiCall): CallField[] {
  const { parameters = [] } = operation;
  const inPath = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
  const { properties = {}, required = [] } = bodySchema(document, operation) ?? {};
  // What the path says already, some bodies may repeat.
  const body = Object.entries(properties).filter(([name]) => !inPath.includes(name));
  return [
    ...body.map(([name, schema]) =>
      callField(document, schema, { name, where: 'body', isRequired: required.includes(name) }),
    ),
    ...parameters.flatMap(({ name, in: where, schema, description = '', required: isRequired = false }) =>
      where === 'path' ? [] : [callField(document, { ...schema, description }, { name, where, isRequired })],
    ),
  ];
}

function callField(
  document: ApiDocument,
  schema: ApiSchema,
  is: Pick<CallField, 'name' | 'where' | 'isRequired'>,
): CallField {
  const resolved = { ...resolveSchema(document, schema), ...schema };
  const element = elementOf(document, resolved);
  const kind = kindOf(element ?? resolved);
  const isSecret = holdsSecret(document, resolved);
  const word = is.name.toLowerCase().replaceAll('_', '-');
  return {
    ...{ ...is, kind, isSecret, isList: element !== undefined, description: resolved.description ?? '' },
    option: isSecret ? `${word}-file` : word,
    choices: ((element ?? resolved).enum ?? []).filter((choice) => typeof choice === 'string'),
  };
}

/** What a list is of, if its elements can each be written as one word. */
function elementOf(document: ApiDocument, schema: ApiSchema): ApiSchema | undefined {
  if (!typesOf(schema).includes('array') || schema.items === undefined) return undefined;
  const element = resolveSchema(document, schema.items);
  return ['text', 'number'].includes(kindOf(element)) ? element : undefined;
}

/** Whether it is a secret, or has one somewhere inside. */
function holdsSecret(document: ApiDocument, schema: ApiSchema, above: readonly ApiSchema[] = []): boolean {
  const resolved = resolveSchema(document, schema);
  if (schema.writeOnly || resolved.writeOnly) return true;
  // A schema may stand in itself.
  if (above.includes(resolved)) return false;
  const { properties = {}, anyOf = [], items } = resolved;
  const inner = [...Object.values(properties), ...anyOf, ...(items ? [items] : [])];
  return inner.some((one) => holdsSecret(document, one, [...above, resolved]));
}

function kindOf(schema: ApiSchema): CallField['kind'] {
  const [type, ...others] = typesOf(schema);
  if (others.length > 0 || type === undefined) return 'json';
  if (type === 'string') return 'text';
  if (type === 'integer' || type === 'number') return 'number';
  return type === 'boolean' ? 'switch' : 'json';
}

/** Null is for programs: on the command line what is not given is left out. */
function typesOf({ type = [] }: ApiSchema): string[] {
  return [type].flat().filter((name) => name !== 'null');
}

const placeholders = { text: '<text>', number: '<number>', switch: null, json: '<json>' } as const;

/** The options of a field. A secret has another one without `-file`, which is only there to be refused. */
export function fieldOptions(field: CallField): CommandOption[] {
  const { option, kind, isSecret, isList, isRequired, description, choices } = field;
  const content = kind === 'json' ? 'JSON that holds secrets' : 'the secret';
  const about = isSecret ? `File with ${content}; "-": standard input. ` : '';
  const own: CommandOption = {
    name: option,
    value: isSecret ? '<file>' : placeholders[kind],
    description: `${about}${plain(description)}${isRequired ? ' Required.' : ''}`,
    ...(isList && { isRepeatable: true as const }),
    ...(choices.length > 0 && !isSecret && { choices }),
    ...(isSecret && { completes: 'file' as const }),
  };
  if (!isSecret) return [own];
  const refused = { name: wordOfSecret(field), value: '<secret>', description: 'Refused', isHidden: true as const };
  return [own, refused];
}

/** What a secret would be called if it could be given as an option. */
export function wordOfSecret({ option }: CallField): string {
  return option.replace(/-file$/, '');
}

/** Backquotes are for pages. */
function plain(description: string): string {
  return description.replaceAll('`', '');
}
