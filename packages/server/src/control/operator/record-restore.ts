import type { Store } from '../../domain/store.ts';
import { auditOperator } from './operator-audit.ts';

/** In the audit log of every account: what came after the backup is not in it, and what was revoked since works again. */
export function recordRestore(store: Pick<Store, 'write'>, { madeAt }: { madeAt: string }): Promise<void> {
  return store.write(async (tx) => {
    for (const { id } of await tx.listAccounts()) {
      await auditOperator(tx, id, { action: 'store.restore', resourceId: id, details: { madeAt } });
    }
  });
}
