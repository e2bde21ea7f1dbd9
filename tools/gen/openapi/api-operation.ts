import { STATUS_CODES } from 'node:http';
import type { ApiContent, ApiOperation, ApiParameter, ApiResponse, ApiSchema } from '@adit/contracts';
import { type HeaderName, headerMeanings } from '@adit/contracts/api';
import { z } from 'zod';
import type { Operation } from '../../../packages/server/src/control/control-deps.ts';
import { type Components, toApiSchema } from './json-schema.ts';

/**
 * One operation as the document has it.
 *
 * @throws {Error} Its route does not say what it is called or does, or what it answers, or a body has no name.
 */
export function apiOperation({ path, needsKey, schema = {} }: Operation, components: Components): ApiOperation {
  const { operationId, summary, params, querystring, requestHeaders = [] } = schema;
  if (!operationId || !summary) throw new Error('its schema has no operationId or no summary');
  const parameters = [
    ...fieldParameters('path', params, components),
    ...fieldParameters('query', querystring, components),
    ...requestHeaders.map(headerParameter),
  ];
  const body = schema.body === undefined ? undefined : requestBody(schema.body as z.ZodType, components);
  return {
    ...{ operationId, summary, tags: [needsKey || body ? path.split('/')[1] || 'root' : 'server'] },
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: body }),
    responses: { ...answers(schema, components), ...((needsKey || body) && errors) },
    ...(!needsKey && { security: [] }),
  };
}

const errors = {
  '4XX': { $ref: '#/components/responses/Refused' },
  '5XX': { $ref: '#/components/responses/Failed' },
};

function fieldParameters(where: 'path' | 'query', schema: unknown, components: Components): ApiParameter[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = toApiSchema(schema as z.ZodType, components);
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    ...{ name, in: where, required: required.includes(name) },
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

function headerParameter(name: HeaderName): ApiParameter {
  return { name, in: 'header', required: false, description: headerMeanings[name], schema: { type: 'string' } };
}

function requestBody(schema: z.ZodType, components: Components): NonNullable<ApiOperation['requestBody']> {
  const isOptional = schema.safeParse(null).success;
  const named = schema instanceof z.ZodNullable ? (schema.unwrap() as z.ZodType) : schema;
  return { required: !isOptional, content: json(namedSchema(named, components)) };
}

function answers(
  { response, media = {}, responseHeaders = [] }: NonNullable<Operation['schema']>,
  components: Components,
) {
  const typed = Object.entries(media).map(([status, type]): [string, ApiResponse] => [
    status,
    { description: describe(status), content: plainContent(type) },
  ]);
  const modelled = Object.entries((response ?? {}) as Record<string, z.ZodType>).map(
    ([status, schema]): [string, ApiResponse] => [
      status,
      {
        description: describe(status),
        ...(responseHeaders.length > 0 && { headers: Object.fromEntries(responseHeaders.map(headerEntry)) }),
        ...(!(schema instanceof z.ZodUndefined) && { content: json(namedSchema(schema, components)) }),
      },
    ],
  );
  const all = [...typed, ...modelled];
  if (all.length === 0) throw new Error('its schema has no response; without a body it is 204: noContent');
  return Object.fromEntries(all);
}

function headerEntry(name: HeaderName): [string, { description: string; schema: ApiSchema }] {
  return [name, { description: headerMeanings[name], schema: { type: 'string' } }];
}

/** @throws {Error} It is not called anything: clients would have to make up a name. */
function namedSchema(schema: z.ZodType, components: Components): ApiSchema {
  const converted = toApiSchema(schema, components);
  if (converted.$ref === undefined) throw new Error('a body has no name; give its schema .meta({ id: … })');
  return converted;
}

/** What has no schema of ours. */
function plainContent(mediaType: string): ApiContent {
  const [type = ''] = mediaType.split(';');
  return { [type]: { schema: { type: type === 'application/json' ? 'object' : 'string' } } };
}

function json(schema: ApiSchema) {
  return { 'application/json': { schema } };
}

function describe(status: string): string {
  return STATUS_CODES[status] ?? status;
}
