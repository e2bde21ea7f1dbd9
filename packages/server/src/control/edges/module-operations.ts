import { type EdgeModuleName, edgeModules, modulesOf } from '@adit/contracts/api';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { authorize, missing } from '../../domain/authorize.ts';
import type { ApiServer, ControlDeps } from '../control-deps.ts';
import { etagOf } from '../etag.ts';
import { noContent } from '../operation-docs.ts';
import { idParams } from '../parse-id.ts';
import { principalOf } from '../principal-of.ts';
import { DocumentWriter } from '../resources/document-writer.ts';
import { type AnyResource, anyResource } from '../resources/resource.ts';
import { showDocument } from '../resources/resource-routes.ts';
import { findEdgePart, targetOf } from './edge-part.ts';
import { httpsEdges, tcpEdges, tlsEdges } from './edge-resources.ts';
import { httpsEdgeRoutes } from './route-resource.ts';

const routeParams = idParams.extend({ edge_id: z.string().describe('Id of the edge.') });

/** Modules of edges and routes one by one: each is read, replaced as a whole, and taken away. */
export function addModuleOperations(api: ApiServer, deps: ControlDeps): void {
  for (const resource of [httpsEdges, httpsEdgeRoutes, tcpEdges, tlsEdges].map((one) => anyResource(one as never))) {
    for (const name of modulesOf[resource.kind as keyof typeof modulesOf]) addModule(api, deps, { resource, name });
  }
}

interface ModulePlace {
  readonly resource: AnyResource;
  readonly name: EdgeModuleName;
}

function addModule(api: ApiServer, deps: ControlDeps, place: ModulePlace): void {
  const { resource, name } = place;
  const { kind } = resource;
  const path = `${resource.contract.path}/:id/${name}`;
  const schemas = schemasOf(place);
  const writerFor = (request: FastifyRequest) => new DocumentWriter(deps, principalOf(request), resource);

  api.get(path, { schema: schemas.get }, async (request, reply) => {
    const document = await findEdgePart(request, kind, deps.store);
    authorize(principalOf(request), `${kind}.list`, { accountId: document.accountId, ownerId: null });
    const module = showDocument(document, resource, deps)[name];
    if (module === null) throw missing();
    return reply.header('etag', etagOf(document)).send(module);
  });

  api.put(path, { schema: schemas.replace, preValidation: unwrapModule }, async (request, reply) => {
    const document = await writerFor(request).update(targetOf(request, kind), { [name]: request.body });
    return reply.header('etag', etagOf(document)).send(showDocument(document, resource, deps)[name]);
  });

  api.delete(path, { schema: schemas.delete }, async (request, reply) => {
    // Null: taken away. A module that is not there may be taken away again.
    await writerFor(request).update(targetOf(request, kind), { [name]: null });
    return reply.code(204).send();
  });
}

/** ngrok's own clients send it as `module`, beside the ids of the path. */
async function unwrapModule(request: FastifyRequest): Promise<void> {
  const { module, ...ids } = (request.body ?? {}) as Readonly<Record<string, unknown>>;
  if (module === undefined) return;
  const { id, edge_id } = request.params as { readonly id: string; readonly edge_id?: string };
  const others = Object.entries(ids).filter(([name, value]) => value !== { id, edge_id }[name]);
  if (others.length === 0) request.body = module;
}

function schemasOf({ resource: { contract, kind }, name }: ModulePlace) {
  const { title, write, read } = edgeModules[name];
  const params = kind === 'httpsEdgeRoute' ? routeParams : idParams;
  const id = `${contract.name}${name.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}`;
  return {
    get: {
      ...{ operationId: `get${id}`, summary: `Read the ${title} of ${contract.title}` },
      ...{ responseHeaders: ['ETag'] as const, params, response: { 200: read } },
    },
    replace: {
      ...{ operationId: `replace${id}`, summary: `Replace the ${title} of ${contract.title}` },
      ...{
        requestHeaders: ['If-Match'] as const,
        responseHeaders: ['ETag'] as const,
        params,
        body: write,
        response: { 200: read },
      },
    },
    delete: {
      ...{ operationId: `delete${id}`, summary: `Take away the ${title} of ${contract.title}` },
      ...{ requestHeaders: ['If-Match'] as const, params, response: { 204: noContent } },
    },
  } as const;
}
