import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FormField, FormInput, TextInput } from '@adit/contracts';
import { policyModules } from '@adit/policies';
import type { PolicyModule } from '@adit/policy-kit';
import { sampleHost } from '@adit/policy-kit/testkit';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { repositoryRoot } from '../source-files.ts';
import { policyForm, policyForms } from './policy-forms.ts';

const forms = policyForms().policies;

test('every policy has a form, in the order of the registry', () => {
  expect(forms.map(({ name }) => name)).toEqual(policyModules.map(({ name }) => name));
});

test('a form says what a policy is called and does, where it may be, and what it can be given', () => {
  const schema = z.strictObject({
    status_code: z.int().min(200).max(599).default(200).describe('The status.'),
    max_body_bytes: z.int().min(1).describe('How much.'),
  });
  const page = '# sample\n\nDoes it all,\nin one. And more.\n\n```yaml\n';
  const fields = [
    { name: 'status_code', label: 'Status code', help: 'The status.', isRequired: false, default: 200 },
    { name: 'max_body_bytes', label: 'Max body', help: 'How much.', isRequired: true, input: { unit: 'bytes' } },
  ];
  expect(policyForm({ name: 'restrict-ips', phases: ['on_http_request'], schema }, page)).toMatchObject({
    ...{ name: 'restrict-ips', title: 'Restrict IPs', summary: 'Does it all, in one.' },
    ...{ phases: ['on_http_request'], protocols: ['http', 'https'], fields },
  });
  const raw = { name: 'a', phases: ['on_tcp_connect'], schema } as const;
  expect(policyForm(raw, page).protocols).toEqual(['http', 'https', 'tcp', 'tls']);
  expect(policyForm({ ...raw, protocols: ['tls'] }, page).protocols).toEqual(['tls']);
});

test('a policy whose README does not begin with a sentence is refused', () => {
  const module = { name: 'a', phases: ['on_http_request'], schema: z.strictObject({}) } as const;
  expect(() => policyForm(module, '# a\n\n```yaml\n')).toThrow('a: its README does not begin with a sentence');
});

const cases = policyModules.map((module, i) => ({ module, name: module.name, fields: forms[i]?.fields ?? [] }));
describe.each(cases)('$name', ({ module, name, fields }) => {
  const examples = examplesOf(name);

  it('takes its form with the defaults, and samples where it has none', () => {
    const required = fields.filter(({ isRequired }) => isRequired).map((field) => field.name);
    const samples = examples[0] ?? {};
    expect(Object.keys(samples)).toEqual(expect.arrayContaining(required));
    expect(module.schema.safeParse({ ...defaultsOf(fields), ...samples })).toMatchObject({ success: true });
  });

  it('takes each default for its field', () => {
    const { shape } = module.schema as z.ZodObject;
    const defaults = Object.entries(defaultsOf(fields));
    const taken = defaults.map(([key, value]) => [key, shape[key]?.['safeParse'](value).success]);
    expect(taken).toEqual(defaults.map(([key]) => [key, true]));
  });

  it('has only patterns that a browser can read', () => {
    for (const { pattern = '' } of textInputs(fields)) expect(() => new RegExp(pattern, 'u')).not.toThrow();
  });

  it('compiles of its examples those texts, and no others, in which its form has expressions', async () => {
    for (const config of examples) {
      const texts = textsOf({ kind: 'group', fields }, config);
      const compiled = await compiledTexts(module, config);
      expect(texts.map(([value]) => [value, compiled.get(value) ?? 'none'])).toEqual(texts);
    }
  });
});

/** The configurations of its README. */
function examplesOf(name: string): Record<string, unknown>[] {
  const readme = readFileSync(join(repositoryRoot, 'packages/policies/src', name, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```yaml\n(type: .*?)^```/gms)];
  return blocks.map(([, yaml = '']) => parse(yaml).config ?? {});
}

function defaultsOf(fields: readonly FormField[]): Record<string, unknown> {
  return Object.fromEntries(fields.flatMap((field) => ('default' in field ? [[field.name, field.default]] : [])));
}

function textInputs(fields: readonly FormField[]): TextInput[] {
  return fields.flatMap(({ input }) => textInputsIn(input));
}

function textInputsIn(input: FormInput): TextInput[] {
  switch (input.kind) {
    case 'text':
    case 'secret':
      return [input];
    case 'list':
      return textInputsIn(input.of);
    case 'map':
      return [input.keys, ...textInputsIn(input.values)];
    case 'group':
      return textInputs(input.fields);
    case 'either':
      return input.of.flatMap(textInputsIn);
    default:
      return [];
  }
}

type Told = [value: string, expressions: TextInput['expressions']];

/** The texts of a configuration, and what the form says of each. */
function textsOf(input: FormInput, value: unknown): Told[] {
  if (value === undefined) return [];
  switch (input.kind) {
    case 'text':
    case 'secret':
      return typeof value === 'string' ? [[value, input.expressions]] : [];
    case 'list':
      return [value].flat().flatMap((one) => textsOf(input.of, one));
    case 'map':
      return Object.values(value as object).flatMap((one) => textsOf(input.values, one));
    case 'group':
      return input.fields.flatMap((field) => textsOf(field.input, (value as Record<string, unknown>)[field.name]));
    case 'either':
      return input.of.flatMap((one) => textsOf(one, value));
    default:
      return [];
  }
}

/** What the policy has compiled when it is prepared, and how. */
async function compiledTexts(module: PolicyModule, config: unknown): Promise<Map<string, TextInput['expressions']>> {
  const compiled = new Map<string, TextInput['expressions']>();
  const host = sampleHost();
  await module.prepare(module.schema.parse(config), {
    ...host,
    ipPolicy: async () => ({ allow: [], deny: [] }),
    addresses: { knows: () => true, lookUp: () => ({}) },
    template: (text) => (compiled.set(text, 'inside'), host.template(text)),
    expression: (text) => (compiled.set(text, 'whole'), host.expression(text)),
  });
  return compiled;
}
