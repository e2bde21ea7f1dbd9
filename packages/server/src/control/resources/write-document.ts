import { AditError, newId } from '@adit/contracts';
import { authorize, missing } from '../../domain/authorize.ts';
import type { Document, DocumentId, DocumentKey, DocumentLinks } from '../../domain/document.ts';
import type { Principal } from '../../domain/principal.ts';
import type { StoreTransaction } from '../../domain/store.ts';
import { onlyOnce, type RequestFacts } from '../idempotency.ts';
import type { AnyResource, Draft, DraftContext } from './resource.ts';

type Input = Readonly<Record<string, unknown>>;

/** Per account and kind. */
const maxDocuments = 10_000;
const shownReferrers = 5;

/**
 * Makes a document and its audit record; for a repetition of `request` answers what the first one made.
 *
 * @throws {AditError} 9100: not allowed. 9110: too many. 215: it refers to what is not there. What `onlyOnce`, `draft` and
 *   its claims throw.
 */
export async function createDocument(
  tx: StoreTransaction,
  principal: Principal,
  { resource, input, request }: { resource: AnyResource; input: Input; request: RequestFacts },
): Promise<Document> {
  const { accountId } = principal;
  const { kind } = resource;
  authorize(principal, `${kind}.create`, { accountId, ownerId: null });
  const find = (id: string) => tx.findDocument({ accountId, kind, id: id as DocumentId });
  return await onlyOnce(tx, { principal, request, find }, () => insert(tx, principal, { resource, input }));
}

async function insert(
  tx: StoreTransaction,
  principal: Principal,
  { resource, input }: { resource: AnyResource; input: Input },
): Promise<Document> {
  const { accountId } = principal;
  const { kind } = resource;
  if ((await tx.countDocuments({ accountId, kind })) >= maxDocuments) {
    throw new AditError(9110, `Cannot make ${resource.contract.title}: the account has ${maxDocuments}`);
  }
  const draft = await resource.draft(input, contextOf(tx, principal, undefined));
  const id = newId(kind, tx.nowMs);
  const document: Document = {
    ...{ accountId, kind, id, parentId: draft.parentId ?? null, body: draft.body },
    ...textsOf(input, { description: '', metadata: '' }),
    ...{ createdAtMs: tx.nowMs, updatedAtMs: tx.nowMs, revision: 1 },
  };
  await tx.insertDocument(document, await linksOf(tx, id, draft));
  await audit(tx, principal, document, 'create');
  return document;
}

/**
 * Changes a document.
 *
 * @param options.isExpected False: what the caller wants to change is no longer as he knows it.
 * @throws {AditError} 9101: not there, or not for this principal to know about. 9106: not as expected. What `draft` and its
 *   claims throw.
 */
export async function updateDocument(
  tx: StoreTransaction,
  principal: Principal,
  options: { resource: AnyResource; id: DocumentId; input: Input; isExpected: (document: Document) => boolean },
): Promise<Document> {
  const { resource, input } = options;
  const previous = await findOwn(tx, principal, options);
  authorize(principal, `${resource.kind}.update`, { accountId: previous.accountId, ownerId: null });
  if (!options.isExpected(previous)) throw new AditError(9106);
  const draft = await resource.draft(input, contextOf(tx, principal, previous));
  const document = {
    ...{ ...previous, body: draft.body, parentId: draft.parentId ?? previous.parentId },
    ...textsOf(input, previous),
    ...{ updatedAtMs: tx.nowMs, revision: previous.revision + 1 },
  };
  await tx.updateDocument(document, await linksOf(tx, previous.id, draft));
  await audit(tx, principal, document, 'update');
  return document;
}

/**
 * Deletes a document with what belongs to it.
 *
 * @throws {AditError} 9101: not there, or not for this principal to know about. 9106: not as expected. 9108: others need it.
 */
export async function deleteDocument(
  tx: StoreTransaction,
  principal: Principal,
  options: { resource: AnyResource; id: DocumentId; isExpected: (document: Document) => boolean },
): Promise<void> {
  const document = await findOwn(tx, principal, options);
  authorize(principal, `${document.kind}.delete`, { accountId: document.accountId, ownerId: null });
  if (!options.isExpected(document)) throw new AditError(9106);
  const referrers = await tx.findReferrers(document, shownReferrers);
  if (referrers.length > 0) {
    const title = options.resource.contract.title;
    throw new AditError(9108, `Cannot delete ${title}: ${referrers.join(', ')} refer to it`, {
      details: { referrers },
    });
  }
  await tx.deleteDocument(document);
  await audit(tx, principal, document, 'delete');
}

async function findOwn(
  tx: StoreTransaction,
  { accountId }: Principal,
  { resource, id }: { resource: AnyResource; id: DocumentId },
): Promise<Document> {
  const document = await tx.findDocument({ accountId, kind: resource.kind, id });
  if (!document) throw missing();
  return document;
}

function contextOf(tx: StoreTransaction, principal: Principal, previous: Document | undefined): DraftContext<object> {
  return {
    principal,
    previous,
    async find(kind, id, field) {
      const document = await tx.findDocument({ accountId: principal.accountId, kind, id: id as DocumentId });
      if (!document) throw new AditError(215, `Cannot read the body: "${field}" names no object of the account`);
      return document;
    },
  };
}

/** @throws What a claim says when another document has it. */
async function linksOf(tx: StoreTransaction, id: DocumentId, draft: Draft<object>): Promise<DocumentLinks> {
  const { references = [], claims = [] } = draft;
  for (const claim of claims) {
    const holder = await tx.findClaim(claim);
    if (holder && holder.documentId !== id) throw claim.refuse();
  }
  return { references, claims };
}

function textsOf(input: Input, before: Pick<Document, 'description' | 'metadata'>) {
  const { description = before.description, metadata = before.metadata } = input as Partial<typeof before>;
  return { description, metadata };
}

async function audit(
  tx: StoreTransaction,
  actor: Principal,
  { accountId, id, kind, revision }: DocumentKey & Pick<Document, 'revision'>,
  verb: 'create' | 'update' | 'delete',
): Promise<void> {
  await tx.appendAudit({ accountId, actor, action: `${kind}.${verb}`, resourceId: id, details: { revision } });
}
