import type { IncomingHttpHeaders } from 'node:http';
import type { MemberInput } from '@adit/contracts/api';
import type { FastifyRequest } from 'fastify';
import { authorize, missing } from '../../domain/authorize.ts';
import type { UserId } from '../../domain/entities.ts';
import type { Member } from '../../domain/store.ts';
import type { ApiServer, RouteDeps } from '../control-deps.ts';
import { etagOf, expectationOf } from '../etag.ts';
import { nothingToChange } from '../nothing-to-change.ts';
import { parseId } from '../parse-id.ts';
import { presentFields } from '../present-fields.ts';
import { principalOf } from '../principal-of.ts';
import { type PageSource, readPage } from '../read-page.ts';
import { resourceSchemas } from '../resources/resource-schemas.ts';
import { checkSameId } from '../same-id.ts';
import { createMember } from './create-member.ts';
import type { MemberResource } from './member-resources.ts';
import { removeMember } from './remove-member.ts';
import { updateMember } from './update-member.ts';

/** People or service users of the caller's account. */
export function addMemberRoutes(
  api: ApiServer,
  deps: Pick<RouteDeps, 'store' | 'bus' | 'digest' | 'clock' | 'scans' | 'publicUrl'>,
  resource: MemberResource,
): void {
  const { contract, kind, idPrefix } = resource;
  const { path, idKind } = contract;
  const { store } = deps;
  const schemas = resourceSchemas(contract);

  api.post(path, { schema: schemas.create }, async (request, reply) => {
    const member = await createMember(callOf(request), presentFields(request.body), request);
    return reply.code(201).header('etag', etagOf(member)).send(show(member));
  });

  api.get(path, { schema: schemas.list }, async (request) => {
    const { accountId } = principalOf(request);
    authorize(principalOf(request), `${kind}.list`, { accountId, ownerId: null });
    const read = (from: { beforeId: string | undefined; limit: number }) =>
      store.pageMembers({ accountId, idPrefix, ...from }).then((members) => members.map(withId));
    const source: PageSource<Member & { readonly id: UserId }> = {
      ...{ idKind, uri: deps.publicUrl() + path, filterFields: contract.filterFields, read, show },
    };
    const { items, ...links } = await readPage(request.query, source, { ...deps, accountId });
    return { [contract.listKey]: items, ...links };
  });

  api.get(`${path}/:id`, { schema: schemas.get }, async (request, reply) => {
    const principal = principalOf(request);
    const { accountId } = principal;
    const member = await store.findMember({ accountId, userId: parseId(idKind, request.params.id) });
    if (!member) throw missing();
    authorize(principal, `${kind}.list`, { accountId: member.accountId, ownerId: member.userId });
    return reply.header('etag', etagOf(member)).send(show(member));
  });

  api.patch(`${path}/:id`, { schema: schemas.update }, async (request, reply) => {
    const target = targetOf(request);
    const { id, ...input }: MemberInput = presentFields(request.body);
    checkSameId(id, target.id);
    if (Object.keys(input).length === 0) throw nothingToChange();
    const member = await updateMember(callOf(request), target, input);
    return reply.header('etag', etagOf(member)).send(show(member));
  });

  api.delete(`${path}/:id`, { schema: schemas.delete }, async (request, reply) => {
    await removeMember(callOf(request), targetOf(request));
    return reply.code(204).send();
  });

  const callOf = (request: FastifyRequest) => ({ deps, principal: principalOf(request), resource });
  const targetOf = ({ params, headers }: { params: { id: string }; headers: IncomingHttpHeaders }) => ({
    id: parseId(idKind, params.id),
    isExpected: expectationOf(headers),
  });
  const show = (member: Member) => showMember(member, deps.publicUrl() + path);
}

function withId(member: Member): Member & { readonly id: UserId } {
  return { ...member, id: member.userId };
}

function showMember({ userId, user, roles, disabledAtMs }: Member, collectionUri: string) {
  return {
    ...{ id: userId, uri: `${collectionUri}/${userId}`, name: user.name },
    created_at: new Date(user.createdAtMs).toISOString(),
    active: disabledAtMs === null,
    roles,
  };
}
