import type { FormInput } from '@adit/contracts';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { policyForm } from './policy-forms.ts';

/** Of a policy that has it as its only field. */
function inputOf(schema: z.ZodType): FormInput | undefined {
  const config = z.strictObject({ one: schema.describe('One.') });
  const module = { name: 'sample', phases: ['on_http_request'], schema: config } as const;
  return policyForm(module, '# sample\n\nDoes it.\n').fields[0]?.input;
}

const text = { kind: 'text', expressions: 'none' };
test.each<[title: string, schema: z.ZodType, input: object]>([
  ['a text', z.string().min(1).max(9), { ...text, minLength: 1, maxLength: 9 }],
  ['a text of a form', z.string().regex(/^a$/), { ...text, pattern: '^a$' }],
  [
    'a time',
    z
      .string()
      .regex(/^\d+s$/)
      .transform(Number)
      .prefault('1s'),
    { ...text, pattern: '^\\d+s$' },
  ],
  ['a secret', z.string().meta({ isSecret: true }), { kind: 'secret', expressions: 'none' }],
  ['a text with expressions', z.string().meta({ expressions: 'inside' }), { ...text, expressions: 'inside' }],
  ['an expression', z.string().meta({ expressions: 'whole' }), { ...text, expressions: 'whole' }],
  ['a number', z.number().min(0).max(1), { kind: 'number', isWhole: false, min: 0, max: 1 }],
  ['a whole number', z.int().min(1).max(9), { kind: 'number', isWhole: true, min: 1, max: 9 }],
  ['a switch', z.boolean(), { kind: 'switch' }],
  ['a choice of texts', z.enum(['a', 'b']), { kind: 'choice', choices: ['a', 'b'] }],
  ['a choice of numbers', z.literal([301, 302]), { kind: 'choice', choices: [301, 302] }],
  ['the only choice', z.literal('a'), { kind: 'choice', choices: ['a'] }],
  ['a list', z.array(z.string()).min(1).max(2), { kind: 'list', of: text, min: 1, max: 2 }],
  ['one or several', z.union([z.string(), z.array(z.string()).min(1)]), { kind: 'list', of: text, min: 1 }],
  ['a map', z.record(z.string().max(3), z.string()), { kind: 'map', keys: { ...text, maxLength: 3 }, values: text }],
  ['one of several', z.union([z.string(), z.boolean()]), { kind: 'either', of: [text, { kind: 'switch' }] }],
])('%s', (_, schema, input) => {
  expect(inputOf(schema)).toEqual(input);
});

test('a group has fields of its own', () => {
  const group = z.strictObject({ jwt: z.string().optional().describe('Two.') });
  expect(inputOf(group)).toEqual({
    ...{ kind: 'group', fields: [{ name: 'jwt', label: 'JWT', help: 'Two.', isRequired: false, input: text }] },
  });
});

test.each<[title: string, schema: z.ZodType, why: string]>([
  ['something that may be null', z.string().nullable(), 'sample.one: forms have nothing for the type "null"'],
  ['anything', z.unknown(), 'sample.one: forms have nothing for the type undefined'],
  ['a text of a known form', z.url(), 'sample.one: its schema has format'],
  ['a number of steps', z.number().multipleOf(5), 'sample.one: its schema has multipleOf'],
  ['elements each of its own', z.tuple([z.string()]), 'sample.one: its schema has prefixItems'],
  ['both of two', z.intersection(z.string(), z.string()), 'sample.one: forms have nothing for the type undefined'],
  ['a time', z.date(), 'sample: its schema has something that forms do not know: Date'],
  ['a group that takes any key', z.looseObject({}), 'sample.one: unknown keys are not refused'],
  ['expressions in another way', z.string().meta({ expressions: 'insde' }), 'sample.one: expressions are'],
  ['a field without meaning', z.strictObject({ two: z.string() }), 'sample.one.two: it has no description'],
  ['elements that forms do not know', z.array(z.url()), 'sample.one[]: its schema has format'],
])('%s is refused, with its place', (_, schema, why) => {
  expect(() => inputOf(schema)).toThrow(why);
});
