import * as contract from '@adit/contracts/api';
import type { CredentialResource } from './credential-resources.ts';
import { noContent } from './operation-docs.ts';
import { idParams } from './parse-id.ts';

/** What the operations on authtokens or API keys take and answer, and what they say of themselves. */
export function credentialSchemas({ name, title, ...resource }: CredentialResource) {
  const one = { params: idParams, response: { 200: resource.body } };
  return {
    create: {
      operationId: `create${name}`,
      summary: `Make ${title}`,
      requestHeaders: ['Idempotency-Key'],
      responseHeaders: ['ETag'],
      body: resource.createBody,
      response: { 201: resource.body },
    },
    list: {
      operationId: `list${name}s`,
      summary: `List every ${title.replace(/^an? /, '')} that you may see`,
      querystring: contract.listQuery,
      response: { 200: resource.listBody },
    },
    get: {
      operationId: `get${name}`,
      summary: `Read ${title}, but for its secret`,
      responseHeaders: ['ETag'],
      ...one,
    },
    update: {
      operationId: `update${name}`,
      summary: `Change ${title}`,
      requestHeaders: ['If-Match'],
      responseHeaders: ['ETag'],
      body: resource.updateBody,
      ...one,
    },
    delete: {
      operationId: `delete${name}`,
      summary: `Revoke ${title}; what it let in is cut off`,
      requestHeaders: ['If-Match'],
      params: idParams,
      response: { 204: noContent },
    },
  } as const;
}
