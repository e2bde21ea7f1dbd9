import { listQuery, type ResourceContract } from '@adit/contracts/api';
import { noContent } from '../operation-docs.ts';
import { idParams } from '../parse-id.ts';

/** What the five operations of a resource take and answer, and what they say of themselves. */
export function resourceSchemas({ name: one, title, path, ...contract }: ResourceContract) {
  const many = pascalCase(path);
  return {
    create: {
      operationId: `create${one}`,
      summary: `Make ${title}`,
      requestHeaders: ['Idempotency-Key'],
      responseHeaders: ['ETag'],
      body: contract.create,
      response: { 201: contract.object },
    },
    list: {
      operationId: `list${many}`,
      summary: `List every ${title.replace(/^an? /, '')}`,
      querystring: listQuery,
      response: { 200: contract.list },
    },
    get: {
      operationId: `get${one}`,
      summary: `Read ${title}`,
      responseHeaders: ['ETag'],
      params: idParams,
      response: { 200: contract.object },
    },
    update: {
      operationId: `update${one}`,
      summary: `Change ${title}`,
      requestHeaders: ['If-Match'],
      responseHeaders: ['ETag'],
      params: idParams,
      body: contract.update,
      response: { 200: contract.object },
    },
    delete: {
      operationId: `delete${one}`,
      summary: `Delete ${title}`,
      requestHeaders: ['If-Match'],
      params: idParams,
      response: { 204: noContent },
    },
  } as const;
}

/** `/ip_policies` → `IpPolicies`. */
function pascalCase(text: string): string {
  return text.replaceAll(/(?:^|[/_])+([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
