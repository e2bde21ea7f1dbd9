import { AditError } from '@adit/contracts';
import { isInBlock } from '../../domain/cidr.ts';
import type { Document, DocumentId, DocumentKind, DocumentQuery } from '../../domain/document.ts';
import type { Principal } from '../../domain/principal.ts';
import type { StoreTransaction } from '../../domain/store.ts';
import type { RuleBody } from './ip-policy-rules.ts';
import type { RestrictionBody } from './ip-restrictions.ts';

/** Kinds of which a change can lock somebody out. */
const kinds: ReadonlySet<DocumentKind> = new Set(['ipPolicyRule', 'ipRestriction']);
const pageSize = 1_000;

/**
 * Refuses a change, already made in this transaction, after which its author could not call the API any more to take it back.
 *
 * @throws {AditError} 9116: so it is.
 */
export async function refuseLockout(
  tx: Pick<StoreTransaction, 'listDocuments'>,
  { accountId, clientAddress }: Principal,
  kind: DocumentKind,
): Promise<void> {
  if (!kinds.has(kind) || clientAddress === undefined) return;
  const restrictions = await all<RestrictionBody>(tx, { accountId, kind: 'ipRestriction' });
  const ofApi = restrictions.find(({ body }) => body.type === 'api' && body.enforced);
  if (!ofApi) return;
  const rules: RuleBody[] = [];
  for (const parentId of ofApi.body.policyIds) {
    rules.push(...(await all<RuleBody>(tx, { accountId, kind: 'ipPolicyRule', parentId })).map(({ body }) => body));
  }
  const matching = rules.filter(({ cidr }) => isInBlock(clientAddress, cidr));
  const isAdmitted =
    matching.some(({ action }) => action === 'allow') && matching.every(({ action }) => action === 'allow');
  if (!isAdmitted) {
    throw new AditError(9116, `Cannot restrict the API so: you come from "${clientAddress}", which would be refused`);
  }
}

async function all<Body extends object>(
  tx: Pick<StoreTransaction, 'listDocuments'>,
  query: Omit<DocumentQuery, 'limit'>,
): Promise<Document<Body>[]> {
  const found: Document[] = [];
  for (let beforeId: DocumentId | undefined; ; beforeId = found.at(-1)?.id) {
    const page = await tx.listDocuments({ ...query, limit: pageSize, ...(beforeId && { beforeId }) });
    found.push(...page);
    if (page.length < pageSize) return found as Document<Body>[];
  }
}
