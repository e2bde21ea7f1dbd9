import type { ApiDocument } from '@adit/contracts';
import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Operation } from '../../../packages/server/src/control/control-deps.ts';
import { controlOperations } from './control-operations.ts';
import { documentOf, openapiDocument } from './openapi-document.ts';

let document: ApiDocument;
let operations: readonly Operation[];
beforeAll(async () => {
  document = await openapiDocument();
  operations = await controlOperations();
});

const all = () => Object.values(document.paths).flatMap((methods) => Object.values(methods));

it('has every operation that the API answers, and no other', () => {
  const answered = operations.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(answered.sort());
  expect(described.length).toBeGreaterThan(30);
});

it('says of each what it does, and how it is answered when it cannot be done', () => {
  for (const operation of all()) {
    expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
    if (operation.security && !operation.requestBody) continue;
    expect(operation.responses).toMatchObject({
      '4XX': { $ref: '#/components/responses/Refused' },
      '5XX': { $ref: '#/components/responses/Failed' },
    });
  }
});

it('asks for a key but where the server asks for none', () => {
  const open = all().filter(({ security }) => security !== undefined);
  expect(open.map(({ operationId }) => operationId).sort()).toEqual([
    'getDocs',
    'getHealth',
    'getOpenapi',
    'getPolicyForms',
    'getReadiness',
    'logIn',
  ]);
});

it('is a valid document of OpenAPI 3.1', async () => {
  expect(await new Validator().validate({ ...document })).toMatchObject({ valid: true });
});

it('refers only to what is there, and every schema that is there is referred to', () => {
  const text = JSON.stringify(document);
  const referred = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1] ?? ''));
  expect([...referred].sort()).toEqual(Object.keys(document.components.schemas));
});

it('names the headers that a resource understands and answers', () => {
  expect(document.paths['/vaults']?.post).toMatchObject({
    parameters: [{ name: 'Idempotency-Key', in: 'header', required: false }],
    responses: { 201: { headers: { ETag: {} } } },
  });
  expect(document.paths['/vaults/{id}']?.patch).toMatchObject({
    parameters: [
      { name: 'id', in: 'path', required: true },
      { name: 'If-Match', in: 'header' },
    ],
  });
});

describe('a route that says too little is named:', () => {
  const body = z.object({ a: z.string() }).meta({ id: 'A' });
  const docs = { operationId: 'a', summary: 'A' };
  const response = { 200: body };
  it.each([
    ['no schema', undefined, 'no operationId or no summary'],
    ['no summary', { operationId: 'a', response }, 'no operationId or no summary'],
    ['no answer', docs, 'no response'],
    ['an answer without a name', { ...docs, response: { 200: z.object({}) } }, 'no name'],
    ['a body without a name', { ...docs, body: z.object({}), response }, 'no name'],
  ])('%s', (_, schema, message) => {
    const route = { method: 'POST', path: '/a/:id', needsKey: true, schema };
    expect(() => documentOf([route])).toThrow(`POST /a/:id: `);
    expect(() => documentOf([route])).toThrow(message);
  });

  it('two routes of one name, or two schemas', () => {
    const route = { method: 'GET', path: '/a', needsKey: true, schema: { ...docs, response } };
    expect(() => documentOf([route, { ...route, path: '/b' }])).toThrow('two operations are called a');
    const other = z.object({ b: z.string() }).meta({ id: 'A' });
    const second = { ...route, schema: { ...docs, operationId: 'b', response: { 200: other } } };
    expect(() => documentOf([route, second])).toThrow('two schemas are called A');
  });
});
