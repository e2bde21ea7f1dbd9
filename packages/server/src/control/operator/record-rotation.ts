import type { Store } from '../../domain/store.ts';
import { auditOperator } from './operator-audit.ts';

/** In the audit log of every account: what is encrypted there was encrypted anew. One change each, so that nobody waits long. */
export async function recordRotation(
  store: Pick<Store, 'write' | 'listAccounts'>,
  details: { readonly keyId: string },
): Promise<void> {
  for (const { id } of await store.listAccounts()) {
    await store.write(async (tx) => {
      // It may have been deleted meanwhile.
      if (!(await tx.findAccount(id))) return;
      await auditOperator(tx, id, { action: 'store.rotate_key', resourceId: id, details });
    });
  }
}
