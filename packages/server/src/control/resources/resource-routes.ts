import type { FastifyRequest } from 'fastify';
import { authorize, missing } from '../../domain/authorize.ts';
import type { Document, DocumentId, DocumentKind } from '../../domain/document.ts';
import type { Principal } from '../../domain/principal.ts';
import type { ApiServer, ControlDeps, RouteDeps } from '../control-deps.ts';
import { etagOf, expectationOf } from '../etag.ts';
import { tunnelsWith } from '../labelled-tunnels.ts';
import { nothingToChange } from '../nothing-to-change.ts';
import { parseId } from '../parse-id.ts';
import { presentFields } from '../present-fields.ts';
import { principalOf } from '../principal-of.ts';
import { readPage } from '../read-page.ts';
import { checkSameId } from '../same-id.ts';
import { DocumentWriter, type WriterDeps } from './document-writer.ts';
import type { AnyResource, ShownDocument } from './resource.ts';
import { resourceSchemas } from './resource-schemas.ts';
import { nestedResources, resources } from './resources.ts';

export type ResourceDeps = WriterDeps & ShowDeps & Pick<RouteDeps, 'clock' | 'scans'>;

/** The five operations that every resource has. */
export function addResourceRoutes(api: ApiServer, deps: ResourceDeps, resource: AnyResource): void {
  addCreation(api, deps, resource);
  addReads(api, deps, resource);
  addChanges(api, deps, { resource });
}

function addReads(api: ApiServer, deps: ResourceDeps, resource: AnyResource): void {
  const { contract, kind } = resource;
  const { path } = contract;
  const { store } = deps;
  const schemas = resourceSchemas(contract);
  const show = (document: ShownDocument) => showDocument(document, resource, deps);

  api.get(path, { schema: schemas.list }, async (request) => {
    const { accountId } = principalOf(request);
    authorize(principalOf(request), `${kind}.list`, { accountId, ownerId: null });
    const read = async (from: { beforeId: string | undefined; limit: number }) => {
      const documents = await store.listDocuments({ accountId, kind, ...from });
      return await Promise.all(documents.map((document) => withChildren(document, resource, store)));
    };
    const source = {
      ...{ idKind: kind, uri: deps.publicUrl() + path, filterFields: contract.filterFields, read, show },
      ...(resource.shownChildren && { atOnce: withChildrenAtOnce }),
    };
    const { items, ...links } = await readPage(request.query, source, { ...deps, accountId });
    return { [contract.listKey]: items, ...links };
  });

  api.get(`${path}/:id`, { schema: schemas.get }, async (request, reply) => {
    const principal = principalOf(request);
    const { accountId } = principal;
    const document = await store.findDocument({ accountId, kind, id: parseId(kind, request.params.id) });
    if (!document) throw missing();
    authorize(principal, `${kind}.list`, { accountId: document.accountId, ownerId: null });
    return reply.header('etag', etagOf(document)).send(show(await withChildren(document, resource, store)));
  });
}

/** The operation that makes one. */
export function addCreation(api: ApiServer, deps: WriterDeps & ShowDeps, resource: AnyResource): void {
  const { contract } = resource;
  const { create: schema } = resourceSchemas(contract);
  api.post(contract.path, { schema }, async (request, reply) => {
    const writer = new DocumentWriter(deps, principalOf(request), resource);
    const document = await writer.create(presentFields(request.body), request);
    return reply
      .code(201)
      .header('etag', etagOf(document))
      .send(showDocument(document, resource, deps));
  });
}

/** A resource, and what of its collection is none of its documents. */
export interface Writable {
  readonly resource: AnyResource;
  /** @throws {AditError} What stands under that id is not to be changed here. Default: never. */
  refuse?(principal: Principal, id: DocumentId): void;
}

/** The operations that change or delete one. */
export function addChanges(
  api: ApiServer,
  deps: WriterDeps & ShowDeps,
  { resource, refuse = () => {} }: Writable,
): void {
  const { contract, kind } = resource;
  const { path } = contract;
  const schemas = resourceSchemas(contract);

  api.patch(`${path}/:id`, { schema: schemas.update }, async (request, reply) => {
    const target = targetOf(request);
    const { id, ...input } = presentFields(request.body);
    checkSameId(id as string | undefined, target.id);
    if (Object.keys(input).length === 0) throw nothingToChange();
    const document = await writerFor(request).update(target, input);
    const shown = showDocument(await withChildren(document, resource, deps.store), resource, deps);
    return reply.header('etag', etagOf(document)).send(shown);
  });

  api.delete(`${path}/:id`, { schema: schemas.delete }, async (request, reply) => {
    await writerFor(request).delete(targetOf(request));
    return reply.code(204).send();
  });

  const writerFor = (request: FastifyRequest) => new DocumentWriter(deps, principalOf(request), resource);
  const targetOf = (request: FastifyRequest) => {
    const id = parseId(kind, (request.params as { id: string }).id);
    refuse(principalOf(request), id);
    return { id, isExpected: expectationOf(request.headers) };
  };
}

export type ShowDeps = Pick<
  ControlDeps,
  'names' | 'publicUrl' | 'managedCertificateOf' | 'whyOffline' | 'listEndpoints'
>;

/** More than a document has. */
const maxChildren = 1_000;
/** Each may have megabytes below it. */
const withChildrenAtOnce = 2;

/** A document with those that are shown with it, if its kind has such. */
async function withChildren(
  document: Document,
  { shownChildren: kind }: AnyResource,
  store: Pick<ControlDeps['store'], 'listDocuments'>,
): Promise<ShownDocument> {
  if (!kind) return document;
  const { accountId, id } = document;
  return { ...document, children: await store.listDocuments({ accountId, kind, parentId: id, limit: maxChildren }) };
}

export function showDocument(document: ShownDocument, resource: AnyResource, deps: ShowDeps): Record<string, unknown> {
  const { names, publicUrl, managedCertificateOf, whyOffline } = deps;
  const { id, description, metadata } = document;
  return {
    ...{ id, uri: publicUrl() + pathOf(document, resource), description, metadata },
    created_at: new Date(document.createdAtMs).toISOString(),
    updated_at: new Date(document.updatedAtMs).toISOString(),
    ...resource.show(document, {
      domain: names.domain,
      ...{ managedCertificateOf, whyOffline, urlOf: (address) => names.urlOf(address) },
      showOther: (other) => showDocument(other, resourceOf(other.kind), deps),
      tunnelsWith: (accountId, labels) => tunnelsWith(deps.listEndpoints(accountId), labels),
      referTunnel: (tunnel) => ({ id: tunnel, uri: `${publicUrl()}/tunnels/${tunnel}` }),
      refer: (kind, other) => ({ id: other, uri: `${publicUrl()}${resourceOf(kind).contract.path}/${other}` }),
    }),
  };
}

/** Of what is below another the path names that one. */
function pathOf({ id, parentId }: Document, { contract: { path } }: AnyResource): string {
  return `${path.replace(/:[a-z_]+/, parentId ?? '')}/${id}`;
}

function resourceOf(kind: DocumentKind): AnyResource {
  const found = [...resources, ...nestedResources].find((one) => one.kind === kind);
  if (!found) throw new RangeError(`Cannot show a document of kind "${kind}": the API has none`);
  return found;
}
