import type { ApiDocument, ApiMethod, ApiOperation } from '@adit/contracts';
import { errorBody } from '@adit/contracts/api';
import packageJson from '../../../packages/server/package.json' with { type: 'json' };
import type { Operation } from '../../../packages/server/src/control/control-deps.ts';
import { apiOperation } from './api-operation.ts';
import { controlOperations } from './control-operations.ts';
import { type Components, toApiSchema } from './json-schema.ts';

const description = `The control API of Adit, in the shape of ngrok's REST API v2.

Send \`Authorization: Bearer <API key>\`, and JSON. Unknown fields are refused. In a change, fields that are left out or null stay
as they are. Lists are newest first; \`next_page_uri\` is null on the last page. Errors have a body of one form, whose
\`error_code\` is stable. Clients must expect new fields in answers.`;

/** The document of the whole API. @throws {Error} A route says too little of itself; names it. */
export async function openapiDocument(): Promise<ApiDocument> {
  return documentOf(await controlOperations());
}

/** The document of these operations. @throws {Error} As `openapiDocument`. */
export function documentOf(operations: readonly Operation[]): ApiDocument {
  const components: Components = new Map();
  const error = { 'application/json': { schema: toApiSchema(errorBody, components) } };
  const described = operations.map((operation) => describe(operation, components)).sort(byPath);
  const ids = described.map(({ operation }) => operation.operationId);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw new Error(`two operations are called ${twice}`);
  return {
    openapi: '3.1.1',
    info: { title: 'Adit control API', version: packageJson.version, description },
    ...{ servers: [{ url: '/', description: 'Whoever serves this document' }], security: [{ apiKey: [] }] },
    tags: [...new Set(described.flatMap(({ operation }) => operation.tags))].sort().map((name) => ({ name })),
    paths: pathsOf(described),
    components: {
      ...{ securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, `adit_ak_…`.' } } },
      responses: errorResponses(error),
      schemas: Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  } as ApiDocument;
}

interface Described {
  readonly path: string;
  readonly method: ApiMethod;
  readonly operation: ApiOperation;
}

function describe(route: Operation, components: Components): Described {
  try {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    return { path, method: route.method.toLowerCase() as ApiMethod, operation: apiOperation(route, components) };
  } catch (cause) {
    throw new Error(`${route.method} ${route.path}: ${(cause as Error).message}`, { cause });
  }
}

function errorResponses(content: object) {
  return {
    Refused: { description: 'The request is at fault.', content },
    Failed: { description: 'The server is at fault, or something behind it.', content },
  };
}

/** In an order that does not depend on where a route is added. */
function byPath(a: Described, b: Described): number {
  return a.path < b.path ? -1 : Number(a.path > b.path);
}

function pathsOf(described: readonly Described[]): ApiDocument['paths'] {
  const paths: Record<string, Partial<Record<ApiMethod, ApiOperation>>> = {};
  for (const { path, method, operation } of described) paths[path] = { ...paths[path], [method]: operation };
  return paths;
}
