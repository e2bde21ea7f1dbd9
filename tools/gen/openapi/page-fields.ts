import type { ApiSchema } from '@adit/contracts';
import { html, inlineText } from './page-html.ts';

interface Field {
  readonly name: string;
  readonly schema: ApiSchema;
  readonly description: string;
  readonly isRequired: boolean;
}

/** The fields of an object, with those of objects inside it. */
export function fieldList({ properties = {}, required = [] }: ApiSchema): string {
  const fields = Object.entries(properties).map(([name, schema]) => ({
    ...{ name, schema, description: schema.description ?? '', isRequired: required.includes(name) },
  }));
  return fields.length === 0 ? '<p class="soft">No fields.</p>' : descriptionList(fields);
}

/** Each with its type and meaning. */
export function descriptionList(fields: readonly Field[]): string {
  return `<dl>\n${fields.map(fieldEntry).join('\n')}\n</dl>`;
}

function fieldEntry({ name, schema, description, isRequired }: Field): string {
  const inner = innerObject(schema);
  const nested = inner ? `\n${fieldList(inner)}` : '';
  return `<div><dt><code>${html(name)}</code> <span class="soft">${typeText(schema)}${isRequired ? '' : ', optional'}</span></dt>
<dd>${inlineText(description)}${nested}</dd></div>`;
}

function innerObject({ properties, anyOf = [], items }: ApiSchema): ApiSchema | undefined {
  if (properties) return { properties };
  return [...anyOf, ...(items ? [items] : [])].find((one) => one.properties !== undefined);
}

/** The type in words, as HTML. */
function typeText(schema: ApiSchema): string {
  const { $ref, anyOf, type, items, format, writeOnly } = schema;
  if ($ref !== undefined) return objectLink($ref);
  if (anyOf) return anyOf.map(typeText).join(' or ');
  if (schema.enum) return schema.enum.map((value) => `<code>${html(JSON.stringify(value))}</code>`).join(' or ');
  if (schema.const !== undefined) return `<code>${html(JSON.stringify(schema.const))}</code>`;
  if (writeOnly) return 'secret text';
  if (format === 'date-time') return 'time';
  if (items) return `list of ${typeText(items)}`;
  return [type ?? 'anything']
    .flat()
    .map((name) => html(String(name)))
    .join(' or ');
}

export function objectLink($ref: string): string {
  const name = html($ref.split('/').at(-1) ?? '');
  return `<a href="#${name}">${name}</a>`;
}
