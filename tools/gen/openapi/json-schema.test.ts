import { expect, it } from 'vitest';
import { z } from 'zod';
import { type Components, toApiSchema } from './json-schema.ts';

const named = z.object({ a: z.string() }).meta({ id: 'Named' });
const reference = { $ref: '#/components/schemas/Named' };

it.each<[string, z.ZodType, unknown]>([
  ['a text', z.string().describe('x'), { type: 'string', description: 'x' }],
  ['a text or null', z.string().max(3).nullish(), { type: ['string', 'null'], maxLength: 3 }],
  ['a choice or null', z.enum(['a', 'b']).nullable(), { type: ['string', 'null'], enum: ['a', 'b', null] }],
  ['a list or null', z.array(z.int()).nullable(), { type: ['array', 'null'], items: { type: 'integer' } }],
  ['a number without bounds', z.int(), { type: 'integer' }],
  ['a number with one bound', z.int().min(1), { type: 'integer', minimum: 1 }],
  ['a time', z.iso.datetime(), { type: 'string', format: 'date-time' }],
  ['what has a name', named, reference],
  ['what has a name, with a description of its own', named.describe('x'), { ...reference, description: 'x' }],
  ['what has a name, or null', named.nullable(), { anyOf: [reference, { type: 'null' }] }],
  ['two types', z.union([z.string(), z.int()]), { anyOf: [{ type: 'string' }, { type: 'integer' }] }],
  ['a secret', z.string().meta({ isSecret: true }), { type: 'string', format: 'password', writeOnly: true }],
  [
    'a secret that may be left out',
    z.string().meta({ isSecret: true }).nullish(),
    { type: ['string', 'null'], format: 'password', writeOnly: true },
  ],
  [
    'fields that are called as keywords are',
    z.object({ pattern: z.string(), format: z.string(), minimum: z.string() }),
    {
      type: 'object',
      properties: { pattern: { type: 'string' }, format: { type: 'string' }, minimum: { type: 'string' } },
      required: ['pattern', 'format', 'minimum'],
    },
  ],
])('toApiSchema() of %s', (_, schema, expected) => {
  expect(toApiSchema(schema, new Map())).toEqual(expected);
});

it('what has a name is collected, and what stands in it', () => {
  const components: Components = new Map();
  toApiSchema(z.object({ list: z.array(z.object({ named }).meta({ id: 'Outer' })) }), components);
  expect([...components.keys()].sort()).toEqual(['Named', 'Outer']);
  expect(components.get('Outer')).toMatchObject({ properties: { named: reference } });
});

it('requests forbid unknown keys, answers say nothing of them', () => {
  expect(toApiSchema(z.strictObject({}), new Map())).toMatchObject({ additionalProperties: false });
  expect(toApiSchema(z.object({}), new Map())).not.toHaveProperty('additionalProperties');
});
