import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { authorize, missing } from '../../domain/authorize.ts';
import type { Principal } from '../../domain/principal.ts';
import type { ApiServer, ControlDeps } from '../control-deps.ts';
import { etagOf } from '../etag.ts';
import { nothingToChange } from '../nothing-to-change.ts';
import { idParams, parseId } from '../parse-id.ts';
import { presentFields } from '../present-fields.ts';
import { principalOf } from '../principal-of.ts';
import { DocumentWriter } from '../resources/document-writer.ts';
import { anyResource } from '../resources/resource.ts';
import { showDocument } from '../resources/resource-routes.ts';
import { resourceSchemas } from '../resources/resource-schemas.ts';
import { checkSameId } from '../same-id.ts';
import { findEdgePart, targetOf } from './edge-part.ts';
import { httpsEdgeRoutes } from './route-resource.ts';

const resource = anyResource(httpsEdgeRoutes);
const { path } = contract.httpsEdgeRoutes;
const edgeParams = z.object({ edge_id: z.string().describe('Id of the edge.') });
const routeParams = idParams.extend(edgeParams.shape);
const { create, get, update, delete: remove } = resourceSchemas(contract.httpsEdgeRoutes);

/** Routes of HTTPS edges. There is no list of them: an edge is shown with all that it has. */
export function addHttpsRouteOperations(api: ApiServer, deps: ControlDeps): void {
  const preValidation = refuseLogins;
  api.post(path, { schema: { ...create, params: edgeParams }, preValidation }, async (request, reply) => {
    const { edge_id } = request.params;
    const input = inputOf(request, edge_id);
    await refuseMissing(principalOf(request), edge_id);
    const document = await writerFor(request).create({ ...input, edge_id }, request);
    return reply
      .code(201)
      .header('etag', etagOf(document))
      .send(showDocument(document, resource, deps));
  });

  api.get(`${path}/:id`, { schema: { ...get, params: routeParams } }, async (request, reply) => {
    const principal = principalOf(request);
    const route = await findEdgePart(request, 'httpsEdgeRoute', deps.store);
    authorize(principal, 'httpsEdgeRoute.list', { accountId: route.accountId, ownerId: null });
    return reply.header('etag', etagOf(route)).send(showDocument(route, resource, deps));
  });

  api.patch(`${path}/:id`, { schema: { ...update, params: routeParams }, preValidation }, async (request, reply) => {
    const { edge_id, id } = request.params;
    const { id: again, ...input } = inputOf(request, edge_id);
    checkSameId(again as string | undefined, id);
    if (Object.keys(input).length === 0) throw nothingToChange();
    const document = await writerFor(request).update(targetOf(request, 'httpsEdgeRoute'), input);
    return reply.header('etag', etagOf(document)).send(showDocument(document, resource, deps));
  });

  api.delete(`${path}/:id`, { schema: { ...remove, params: routeParams } }, async (request, reply) => {
    await writerFor(request).delete(targetOf(request, 'httpsEdgeRoute'));
    return reply.code(204).send();
  });

  async function refuseMissing(principal: Principal, edgeId: string): Promise<void> {
    const { accountId } = principal;
    authorize(principal, 'httpsEdgeRoute.create', { accountId, ownerId: null });
    const id = parseId('httpsEdge', edgeId);
    if (!(await deps.store.findDocument({ accountId, kind: 'httpsEdge', id }))) throw missing();
  }

  const writerFor = (request: FastifyRequest) => new DocumentWriter(deps, principalOf(request), resource);
}

/** Older clients know modules that are not there: they are told why, and not only that nobody knows the name. */
async function refuseLogins({ body }: FastifyRequest): Promise<void> {
  const asked = (body ?? {}) as Readonly<Record<string, unknown>>;
  const login = ['oauth', 'oidc', 'saml'].find((name) => asked[name] !== null && asked[name] !== undefined);
  if (login) throw new AditError(9403, `Cannot have "${login}": logins come with a later version`);
}

/** Some clients send the edge of the path once more. */
function inputOf({ body }: { body: unknown }, edgeId: string): Readonly<Record<string, unknown>> {
  const { edge_id: again, ...input } = presentFields(body);
  checkSameId(again as string | undefined, edgeId);
  return input;
}
