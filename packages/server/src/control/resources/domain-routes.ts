import { AditError } from '@adit/contracts';
import type { FastifySchema } from 'fastify';
import { authorize, missing } from '../../domain/authorize.ts';
import type { Document, DocumentId } from '../../domain/document.ts';
import type { Principal } from '../../domain/principal.ts';
import type { ApiServer, ControlDeps } from '../control-deps.ts';
import { etagOf, expectationOf } from '../etag.ts';
import { noContent } from '../operation-docs.ts';
import { idParams, parseId } from '../parse-id.ts';
import { principalOf } from '../principal-of.ts';
import { DocumentWriter } from './document-writer.ts';
import { type DomainBody, draftDomain, isProved, proofRecord, proofText, reservedDomains } from './reserved-domains.ts';
import { anyResource, type DraftContext } from './resource.ts';
import { showDocument } from './resource-routes.ts';

const resource = anyResource(reservedDomains);
const { contract } = reservedDomains;

/** What reserved domains have besides the five operations of every resource. */
export function addDomainOperations(api: ApiServer, deps: ControlDeps): void {
  addDomainVerification(api, deps);
  addCertificateRemoval(api, deps);
  addPolicyRemoval(api, deps);
}

/** `POST /reserved_domains/{id}/verify`: looks for the proof in the DNS now. */
function addDomainVerification(api: ApiServer, deps: ControlDeps): void {
  const schema = {
    operationId: 'verifyReservedDomain',
    summary: 'Look for the proof of a reserved domain in the DNS',
    responseHeaders: ['ETag'],
    params: idParams,
    response: { 200: contract.object },
  } as const;
  api.post(`${contract.path}/:id/verify`, { schema }, async (request, reply) => {
    const id = parseId('reservedDomain', request.params.id);
    const document = await verifyDomain(deps, principalOf(request), id);
    return reply.header('etag', etagOf(document)).send(showDocument(document, resource, deps));
  });
}

/** `DELETE /reserved_domains/{id}/certificate`: from now on what the server has is served. */
function addCertificateRemoval(api: ApiServer, deps: ControlDeps): void {
  addRemoval(api, deps, {
    path: 'certificate',
    operationId: 'deleteReservedDomainCertificate',
    summary: 'Serve a reserved domain without a certificate of its own',
    without: { certificateId: null },
  });
}

/** `DELETE /reserved_domains/{id}/certificate_management_policy`: from now on the server does as it does by itself. */
function addPolicyRemoval(api: ApiServer, deps: ControlDeps): void {
  addRemoval(api, deps, {
    path: 'certificate_management_policy',
    operationId: 'deleteReservedDomainCertificateManagementPolicy',
    summary: 'Get the certificate of a reserved domain as the server does by itself',
    without: { management: null },
  });
}

function addRemoval(
  api: ApiServer,
  deps: ControlDeps,
  { path, without, ...about }: { path: string; operationId: string; summary: string; without: Partial<DomainBody> },
): void {
  const answers = { params: idParams, response: { 204: noContent } };
  const schema = { ...about, ...answers, requestHeaders: ['If-Match'] } satisfies FastifySchema;
  api.delete(`${contract.path}/:id/${path}`, { schema }, async (request, reply) => {
    const target = { id: parseId('reservedDomain', request.params.id), isExpected: expectationOf(request.headers) };
    const writer = new DocumentWriter(deps, principalOf(request), resource);
    await writer.replace(target, {
      prepare: async () => undefined,
      draft(_, context) {
        const known = context as DraftContext<DomainBody>;
        if (!known.previous) throw missing();
        return draftDomain({ ...known.previous.body, ...without }, known);
      },
    });
    return reply.code(204).send();
  });
}

/**
 * From the proof on the name is the account's, and everybody's who proves it later is refused.
 *
 * @throws {AditError} 9101: not there, or not for this principal to know about. 9112: no proof. 9113: the DNS does not answer.
 *   414, 417: another account has proved it, or what is above or below it.
 */
async function verifyDomain(deps: ControlDeps, principal: Principal, id: DocumentId): Promise<Document> {
  const key = { accountId: principal.accountId, kind: 'reservedDomain', id } as const;
  const known = await deps.store.findDocument(key);
  if (!known) throw missing();
  authorize(principal, 'reservedDomain.list', { accountId: known.accountId, ownerId: null });
  const body = known.body as DomainBody;
  if (body.proof === null || isProved(body)) return known;
  const proof = { ...body.proof, foundAtMs: deps.clock.timeOfDay() };
  const writer = new DocumentWriter(deps, principal, resource);
  return await writer.replace(
    { id, isExpected: ({ revision }) => revision === known.revision },
    {
      prepare: () => findProof(deps, body.host, proofText(proof.token)),
      draft: (_, context) => draftDomain({ ...body, proof }, context as DraftContext<DomainBody>),
    },
  );
}

async function findProof({ resolveTxt }: ControlDeps, host: string, text: string): Promise<void> {
  const record = proofRecord(host);
  const found = await resolveTxt(record);
  if (found.includes(text)) return;
  throw new AditError(
    9112,
    `Cannot verify "${host}": none of the ${found.length} TXT records of "${record}" is "${text}"`,
  );
}
