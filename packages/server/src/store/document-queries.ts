import type { Id } from '@adit/contracts';
import type { ExpressionBuilder, Kysely } from 'kysely';
import type { Claim, Document, DocumentId, DocumentKey, DocumentLinks, DocumentQuery } from '../domain/document.ts';
import type { Store, StoreTransaction } from '../domain/store.ts';
import { toDocument } from './rows.ts';
import type { Tables } from './tables.ts';

type Db = Kysely<Tables>;

export async function findDocument(db: Db, key: DocumentKey): Promise<Document | undefined> {
  const row = await db.selectFrom('documents').selectAll().where(isOf(key)).executeTakeFirst();
  return row && toDocument(row);
}

export async function listDocuments(db: Db, query: DocumentQuery): Promise<Document[]> {
  let select = db
    .selectFrom('documents')
    .selectAll()
    .where('account_id', '=', query.accountId)
    .where('kind', '=', query.kind)
    .orderBy('id', 'desc')
    .limit(query.limit);
  if (query.beforeId !== undefined) select = select.where('id', '<', query.beforeId);
  if (query.parentId !== undefined) select = select.where('parent_id', '=', query.parentId);
  return (await select.execute()).map(toDocument);
}

export async function listDocumentsOfAll(
  db: Db,
  { kind, limit, afterId = '' }: Parameters<Store['listDocumentsOfAll']>[0],
): Promise<Document[]> {
  const rows = await db
    .selectFrom('documents')
    .selectAll()
    .where('kind', '=', kind)
    .where('id', '>', afterId)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(toDocument);
}

export async function countDocuments(db: Db, { accountId, kind }: Omit<DocumentKey, 'id'>): Promise<number> {
  const { count } = await db
    .selectFrom('documents')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('account_id', '=', accountId)
    .where('kind', '=', kind)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function insertDocument(db: Db, document: Document, links: DocumentLinks): Promise<void> {
  const { id, accountId, kind, createdAtMs } = document;
  const row = { id, account_id: accountId, kind, created_at_ms: createdAtMs, ...changingColumns(document) };
  await db.insertInto('documents').values(row).execute();
  await insertLinks(db, document, links);
}

export async function updateDocument(db: Db, document: Document, links: DocumentLinks): Promise<void> {
  await db.updateTable('documents').set(changingColumns(document)).where(isOf(document)).execute();
  await db.deleteFrom('document_references').where('from_id', '=', document.id).execute();
  await db.deleteFrom('document_claims').where('document_id', '=', document.id).execute();
  await insertLinks(db, document, links);
}

export async function deleteDocument(db: Db, key: DocumentKey): Promise<boolean> {
  // Before the cascade gets to them: what goes may refer to what goes.
  await db
    .deleteFrom('document_references')
    .where('account_id', '=', key.accountId)
    .where('from_id', 'in', (eb) =>
      eb
        .selectFrom('documents')
        .select('id')
        .where('account_id', '=', key.accountId)
        .where((of) => of.or([of('id', '=', key.id), of('parent_id', '=', key.id)])),
    )
    .execute();
  const { numDeletedRows } = await db.deleteFrom('documents').where(isOf(key)).executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

export async function hasChildren(db: Db, { accountId, id }: DocumentKey): Promise<boolean> {
  const row = await db
    .selectFrom('documents')
    .select('id')
    .where('account_id', '=', accountId)
    .where('parent_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Whose the name is. */
export async function findClaim(
  db: Db,
  { space, name }: Claim,
): Promise<{ accountId: Id<'account'>; documentId: DocumentId } | undefined> {
  const row = await db
    .selectFrom('document_claims as c')
    .innerJoin('documents as d', 'd.id', 'c.document_id')
    .select(['d.account_id', 'd.id'])
    .where('c.space', '=', space)
    .where('c.name', '=', name)
    .executeTakeFirst();
  return row && { accountId: row.account_id as Id<'account'>, documentId: row.id as DocumentId };
}

export async function countClaims(db: Db, space: string): Promise<number> {
  const { count } = await db
    .selectFrom('document_claims')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('space', '=', space)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function hasOthersClaim(
  db: Db,
  { space, prefix, accountId }: Parameters<StoreTransaction['hasOthersClaim']>[0],
): Promise<boolean> {
  const row = await db
    .selectFrom('document_claims as c')
    .innerJoin('documents as d', 'd.id', 'c.document_id')
    .select('c.name')
    .where('c.space', '=', space)
    .where('c.name', '>=', prefix)
    // No text that begins so sorts behind it: names are compared by their bytes, and have no such character.
    .where('c.name', '<', `${prefix}\u{10ffff}`)
    .where('d.account_id', '!=', accountId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Documents that need this one, or one that goes with it. */
export async function findReferrers(db: Db, { accountId, id }: DocumentKey, limit: number): Promise<DocumentId[]> {
  const rows = await db
    .selectFrom('document_references as r')
    .innerJoin('documents as target', 'target.id', 'r.to_id')
    .innerJoin('documents as source', 'source.id', 'r.from_id')
    .select('r.from_id')
    .distinct()
    .where('r.account_id', '=', accountId)
    .where((eb) => eb.or([eb('target.id', '=', id), eb('target.parent_id', '=', id)]))
    .where((eb) => eb.or([eb('source.parent_id', 'is', null), eb('source.parent_id', '!=', id)]))
    .where('source.id', '!=', id)
    .orderBy('r.from_id')
    .limit(limit)
    .execute();
  return rows.map(({ from_id }) => from_id as DocumentId);
}

async function insertLinks(db: Db, { accountId, id }: DocumentKey, links: DocumentLinks): Promise<void> {
  const references = [...new Set(links.references)].map((to) => ({ account_id: accountId, from_id: id, to_id: to }));
  if (references.length > 0) await db.insertInto('document_references').values(references).execute();
  const claims = links.claims.map(({ space, name }) => ({ space, name, document_id: id }));
  if (claims.length > 0) await db.insertInto('document_claims').values(claims).execute();
}

function changingColumns(document: Document) {
  return {
    parent_id: document.parentId,
    description: document.description,
    metadata: document.metadata,
    body: JSON.stringify(document.body),
    revision: document.revision,
    updated_at_ms: document.updatedAtMs,
  };
}

function isOf({ accountId, kind, id }: DocumentKey) {
  return (eb: ExpressionBuilder<Tables, 'documents'>) => eb.and({ account_id: accountId, kind, id });
}
