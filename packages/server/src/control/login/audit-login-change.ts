import type { Principal } from '../../domain/principal.ts';
import type { AuditRecord, StoreTransaction } from '../../domain/store.ts';

/**
 * Writes into the log of every account that the person is in that they changed what they log in with: it lets them into all of
 * them. Who did it stands in the account that it came through; no credential of one account is named in another's log.
 */
export async function auditLoginChange(
  tx: StoreTransaction,
  principal: Principal,
  { action, details = {} }: { action: string; details?: AuditRecord['details'] },
): Promise<void> {
  const { userId } = principal;
  for (const { accountId } of await tx.listMemberships(userId)) {
    const isHere = accountId === principal.accountId;
    const record = { accountId, action, resourceId: userId };
    const by = { by: 'the user, through another account' };
    await tx.appendAudit({
      ...record,
      actor: isHere ? principal : null,
      details: isHere ? details : { ...details, ...by },
    });
  }
}
