import * as contract from '@adit/contracts/api';
import { authorize, missing } from '../domain/authorize.ts';
import type { Credential } from '../domain/entities.ts';
import type { ApiServer, RouteDeps } from './control-deps.ts';
import { createCredential } from './create-credential.ts';
import type { CredentialResource } from './credential-resources.ts';
import { credentialSchemas } from './credential-schemas.ts';
import { etagOf, expectationOf } from './etag.ts';
import { nothingToChange } from './nothing-to-change.ts';
import { parseId, parseUserId } from './parse-id.ts';
import { principalOf } from './principal-of.ts';
import { readPage } from './read-page.ts';
import { revokeCredential } from './revoke-credential.ts';
import { checkSameId } from './same-id.ts';
import { updateCredential } from './update-credential.ts';

export function addCredentialRoutes(api: ApiServer, deps: RouteDeps, resource: CredentialResource): void {
  const { kind, idKind, path } = resource;
  const schemas = credentialSchemas(resource);

  api.post(path, { schema: schemas.create }, async (request, reply) => {
    const principal = principalOf(request);
    const { description, metadata, owner_id, acl } = request.body;
    const asked = {
      ...{ kind, description: description ?? '', metadata: metadata ?? '', acl: acl ?? [] },
      ownerId: owner_id ? parseUserId(owner_id) : principal.userId,
    };
    const { credential, secret } = await createCredential(deps, principal, { asked, request });
    return reply
      .code(201)
      .header('etag', etagOf(credential))
      .send({ ...show(credential), token: secret });
  });

  api.get(path, { schema: schemas.list }, async (request) => {
    const { accountId, userId } = principalOf(request);
    const reach = authorize(principalOf(request), 'credential.list', { accountId, ownerId: null });
    const read = (from: { beforeId: string | undefined; limit: number }) =>
      deps.store.listCredentials({ accountId, kind, ...from, ...(reach === 'own' && { ownerId: userId }) });
    const source = { idKind, uri: uri(), filterFields: contract.credentialFilterFields, read, show };
    const { items, ...links } = await readPage(request.query, source, { ...deps, accountId });
    return { [resource.listKey]: items, ...links };
  });

  api.get(`${path}/:id`, { schema: schemas.get }, async (request, reply) => {
    const { accountId } = principalOf(request);
    const id = parseId(idKind, request.params.id);
    const credential = await deps.store.findCredential({ accountId, kind, id });
    if (!credential) throw missing();
    authorize(principalOf(request), 'credential.list', credential);
    return reply.header('etag', etagOf(credential)).send(show(credential));
  });

  api.patch(`${path}/:id`, { schema: schemas.update }, async (request, reply) => {
    const principal = principalOf(request);
    const { id, description, metadata, acl } = request.body;
    checkSameId(id, request.params.id);
    const change = { description: description ?? undefined, metadata: metadata ?? undefined, acl: acl ?? undefined };
    const key = { accountId: principal.accountId, kind, id: parseId(idKind, request.params.id) };
    if (Object.values(change).every((value) => value === undefined)) throw nothingToChange();
    const isExpected = expectationOf(request.headers);
    const credential = await updateCredential(deps, principal, { key, isExpected, ...change });
    return reply.header('etag', etagOf(credential)).send(show(credential));
  });

  api.delete(`${path}/:id`, { schema: schemas.delete }, async (request, reply) => {
    const id = parseId(idKind, request.params.id);
    const isExpected = expectationOf(request.headers);
    await revokeCredential(deps, principalOf(request), { id, kind, isExpected });
    return reply.code(204).send();
  });

  const uri = () => deps.publicUrl() + path;
  const show = (credential: Credential) => shownCredential(credential, uri());
}

/** `acl` is shown for authtokens only: the schema of API keys leaves it out. */
function shownCredential(credential: Credential, collectionUri: string) {
  return {
    id: credential.id,
    uri: `${collectionUri}/${credential.id}`,
    created_at: new Date(credential.createdAtMs).toISOString(),
    description: credential.description,
    metadata: credential.metadata,
    owner_id: credential.ownerId,
    acl: credential.acl,
  };
}
