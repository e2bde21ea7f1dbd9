import type { Id } from '@adit/contracts';
import type { AuditRecord, StoreTransaction } from '../../domain/store.ts';

/** In the details of every record of what the operator did: no principal is the actor of it. */
export const byOperator = { by: "the operator's command" } as const;

/** Writes down what the operator did. */
export function auditOperator(
  tx: StoreTransaction,
  accountId: Id<'account'>,
  {
    action,
    resourceId,
    details = {},
  }: Pick<AuditRecord, 'action' | 'resourceId'> & Partial<Pick<AuditRecord, 'details'>>,
): Promise<void> {
  return tx.appendAudit({ accountId, actor: null, action, resourceId, details: { ...details, ...byOperator } });
}
