import type { FastifyRequest } from 'fastify';
import { missing } from '../../domain/authorize.ts';
import type { Document, DocumentKind } from '../../domain/document.ts';
import type { Store } from '../../domain/store.ts';
import { expectationOf } from '../etag.ts';
import { parseId } from '../parse-id.ts';
import { principalOf } from '../principal-of.ts';
import type { Target } from '../resources/document-writer.ts';

/** An edge, or a route of one: then the path has both. */
interface PartParams {
  readonly id: string;
  readonly edge_id?: string;
}

/** @throws {AditError} 9101: the account has no such, or not below that edge. */
export async function findEdgePart(
  request: FastifyRequest,
  kind: DocumentKind,
  store: Pick<Store, 'findDocument'>,
): Promise<Document> {
  const { id, edge_id } = request.params as PartParams;
  const { accountId } = principalOf(request);
  const document = await store.findDocument({ accountId, kind, id: parseId(kind, id) });
  if (!document || !isBelow(document, edge_id)) throw missing();
  return document;
}

/** What is to be changed. Throws 9101, later, as `findEdgePart`. */
export function targetOf(request: FastifyRequest, kind: DocumentKind): Target {
  const { id, edge_id } = request.params as PartParams;
  const isExpected = expectationOf(request.headers);
  return {
    id: parseId(kind, id),
    isExpected(document) {
      if (!isBelow(document, edge_id)) throw missing();
      return isExpected(document);
    },
  };
}

function isBelow({ parentId }: Document, edgeId: string | undefined): boolean {
  return edgeId === undefined || parentId === edgeId;
}
