// A document of an API that is not ours, with a field of every sort.
import type { ApiDocument, ApiMethod, ApiOperation, ApiSchema } from '@adit/contracts';

const thing: ApiSchema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    uri: { type: 'string' },
    name: { type: 'string' },
    created_at: { type: 'string' },
  },
};

/** Holds a secret, and may hold another of itself. */
const auth: ApiSchema = {
  type: 'object',
  properties: {
    next: { $ref: '#/components/schemas/Auth' },
    password: { type: 'string', writeOnly: true },
  },
};

const thingList: ApiSchema = {
  type: 'object',
  properties: {
    things: { type: 'array', items: { $ref: '#/components/schemas/Thing' } },
    next_page_uri: { type: ['string', 'null'] },
  },
};

/** A body with a field of every sort. */
const thingCreate: ApiSchema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', description: 'What `it` is called.' },
    port_number: { type: ['integer', 'null'] },
    is_on: { type: 'boolean' },
    mode: { type: ['string', 'null'], enum: ['a', 'b', null] },
    acl: { type: ['array', 'null'], items: { type: 'string' } },
    sizes: { type: 'array', items: { type: 'number' } },
    rules: { type: 'array', items: { type: 'object' } },
    labels: { type: 'object' },
    value: { type: 'string', writeOnly: true },
    target: {
      anyOf: [{ type: 'object', properties: { auth: { $ref: '#/components/schemas/Auth' } } }, { type: 'null' }],
    },
    passwords: { type: 'array', items: { type: 'string', writeOnly: true } },
    other_secret: { type: ['string', 'null'], writeOnly: true },
  },
};

const paging = [
  { name: 'limit', in: 'query', schema: { type: 'integer' } },
  { name: 'before_id', in: 'query', schema: { type: 'string' } },
] as const;

export function operation(change: Partial<ApiOperation> = {}): ApiOperation {
  return { operationId: 'o', summary: 'Do', tags: ['things'], responses: { 204: { description: 'Done' } }, ...change };
}

const answer = (name: string) => ({
  200: { description: 'OK', content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } } },
});

export function documentWith(paths: Record<string, Partial<Record<ApiMethod, ApiOperation>>>): ApiDocument {
  return {
    openapi: '3.1.1',
    info: { title: '', version: '', description: '' },
    tags: [],
    paths,
    components: { schemas: { Auth: auth, Thing: thing, ThingList: thingList, ThingCreate: thingCreate } },
  };
}

export const listThings = operation({ parameters: paging, responses: answer('ThingList') });

export const madeUpDocument = documentWith({
  '/things': {
    get: listThings,
    post: operation({
      parameters: [{ name: 'Idempotency-Key', in: 'header', schema: { type: 'string' } }],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/ThingCreate' } } },
      },
      responses: answer('Thing'),
    }),
  },
  '/things/{id}': {
    get: operation({
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      responses: answer('Thing'),
    }),
    delete: operation({ parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] }),
  },
});
