import { expect, test } from 'vitest';
import { z } from 'zod';
import * as api from './index.ts';

const schemas = Object.entries(api).flatMap(([name, value]) =>
  partsOf(value).flatMap(([part, schema]) =>
    schema instanceof z.ZodObject ? [[`${name}${part && `.${part}`}`, schema] as const] : [],
  ),
);

/** A resource has several schemas. */
function partsOf(value: unknown): [string, unknown][] {
  return value instanceof z.ZodType || typeof value === 'function' ? [['', value]] : Object.entries(value as object);
}

test.each(schemas)('every field of %s says what it means', (_, schema) => {
  const undescribed = Object.entries(schema.shape)
    .filter(([, field]) => !describes(field))
    .map(([name]) => name);
  expect(undescribed).toEqual([]);
});

function describes(field: unknown): boolean {
  return field instanceof z.ZodType && (field.description?.length ?? 0) > 0;
}

test.each(schemas)('%s can be written as JSON Schema', (_, schema) => {
  const { $defs = {}, ...written } = z.toJSONSchema(schema, { io: 'input' });
  const name = written.$ref?.split('/').at(-1);
  expect(name === undefined ? written : $defs[name]).toMatchObject({ type: 'object' });
});

const { createCredentialBody, createApiKeyBody, listQuery } = api;
test.each<[string, z.ZodType, unknown, boolean]>([
  ['an empty body', createCredentialBody, {}, true],
  ['nulls as absent', createCredentialBody, { description: null, metadata: null, acl: null, owner_id: null }, true],
  ['an empty acl', createCredentialBody, { acl: [] }, true],
  ['an acl', createCredentialBody, { acl: ['bind:a.example'] }, true],
  ['a misspelt key', createCredentialBody, { descripton: '' }, false],
  ['__proto__ as a key', createCredentialBody, JSON.parse('{"__proto__":{}}') as unknown, false],
  ['an acl on an API key', createApiKeyBody, { acl: [] }, false],
  ['255 bytes of description', createCredentialBody, { description: 'é'.repeat(127) + 'x' }, true],
  ['256 bytes of description', createCredentialBody, { description: 'é'.repeat(128) }, false],
  ['4,096 bytes of metadata', createCredentialBody, { metadata: 'x'.repeat(4096) }, true],
  ['4,097 bytes of metadata', createCredentialBody, { metadata: 'x'.repeat(4097) }, false],
  ['NUL in a text', createCredentialBody, { metadata: 'a\0b' }, false],
  ['half a surrogate pair', createCredentialBody, { description: '\ud800' }, false],
  ['a number as text', createCredentialBody, { description: 1 }, false],
  ['an array', createCredentialBody, [], false],
  ['a limit of 1', listQuery, { limit: '1' }, true],
  ['a limit of 100', listQuery, { limit: '100' }, true],
  ['a limit of 0', listQuery, { limit: '0' }, false],
  ['a limit of 101', listQuery, { limit: '101' }, false],
  ['a limit of 1.5', listQuery, { limit: '1.5' }, false],
  ['an empty limit', listQuery, { limit: '' }, false],
  ['a repeated limit', listQuery, { limit: ['1', '2'] }, false],
  ['an unknown query key', listQuery, { page: '1' }, false],
])('the schemas judge %s', (_, schema, value, isAccepted) => {
  expect(schema.safeParse(value).success).toBe(isAccepted);
});

test('the limit of a list is 100 when nothing is said', () => {
  expect(listQuery.parse({})).toEqual({ limit: 100 });
});
