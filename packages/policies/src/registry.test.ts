import { readdirSync, readFileSync } from 'node:fs';
import { sampleHost } from '@adit/policy-kit/testkit';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { policyModules } from './registry.ts';

const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

test('the registry lists every folder once, by its own name', () => {
  expect(policyModules.map((module) => module.name).sort()).toEqual(folders.sort());
});

test('the registry imports only the door of each folder', () => {
  const source = readFileSync(new URL('registry.ts', import.meta.url), 'utf8');
  const paths = [...source.matchAll(/from '(\.[^']+)'/g)].map((match) => match[1] ?? '');
  expect(paths.sort()).toEqual(folders.map((folder) => `./${folder}/index.ts`).sort());
});

describe.each(policyModules)('$name', (module) => {
  const readme = readFileSync(new URL(`${module.name}/README.md`, import.meta.url), 'utf8');

  test('every field of the schema has a description', () => {
    expect(undescribed(z.toJSONSchema(module.schema, { io: 'input' }) as JsonSchema)).toEqual([]);
  });

  test('every example of the README is a configuration that can be prepared', async () => {
    const examples = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => parse(match[1] ?? ''));
    expect(examples).not.toEqual([]);
    for (const { type, config, ...rest } of examples) {
      expect({ type, rest }).toEqual({ type: module.name, rest: {} });
      await module.prepare(module.schema.parse(config), sampleHost({}, accountObjects));
    }
  });

  test('the README has the declared reasons, and no others', () => {
    const section = /^## Reasons\n(.*?)(?=^## |$(?![\s\S]))/ms.exec(readme)?.[1] ?? '';
    const documented = [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1] ?? '');
    expect(documented.sort()).toEqual(Object.keys(module.reasons).sort());
  });
});

/** What examples refer to. */
const accountObjects = {
  ipPolicy: async () => ({ allow: [], deny: [] }),
  addresses: { knows: () => true, lookUp: () => ({}) },
};

/** What is read here of JSON Schema. */
interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly description?: string;
}

/** Paths of the properties without a description, at any depth. */
function undescribed(schema: JsonSchema, path = 'config'): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, property]) => [
    ...(property.description ? [] : [`${path}.${key}`]),
    ...undescribed(property, `${path}.${key}`),
  ]);
  return [...own, ...(schema.items ? undescribed(schema.items, `${path}[]`) : [])];
}
