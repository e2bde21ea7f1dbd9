import { AditError, type Id } from '@adit/contracts';
import type { AccountSummary, Store } from '../../domain/store.ts';
import { oneAccount } from './find-one.ts';
import { byOperator } from './operator-audit.ts';

/**
 * What would go with the account.
 *
 * @throws {AditError} 9121, 9123: it cannot be told which. 9124: it is the last one.
 */
export async function planDeletion(
  store: Pick<Store, 'findAccounts' | 'listAccounts'>,
  nameOrId: string,
): Promise<AccountSummary> {
  const { id } = await oneAccount(store, nameOrId);
  return deletable(await store.listAccounts(), id);
}

/**
 * Deletes the account and all that is in it; its audit log goes, too, and a note of the deletion stays. Answers what went.
 *
 * @throws {AditError} 9121: it is gone already. 9124: it is the last one.
 */
export function deleteAccount(store: Pick<Store, 'write'>, id: Id<'account'>): Promise<AccountSummary> {
  return store.write(async (tx) => {
    const summary = deletable(await tx.listAccounts(), id);
    const { userCount, credentialCount, auditRecordCount } = summary;
    await tx.deleteAccount(id, { ...byOperator, userCount, credentialCount, auditRecordCount });
    return summary;
  });
}

/** On an empty store the next start would be a first run, and make an account that nobody asked for. */
function deletable(accounts: readonly AccountSummary[], id: Id<'account'>): AccountSummary {
  const found = accounts.find((account) => account.id === id);
  if (!found) throw new AditError(9121, `Cannot delete the account "${id}": it is gone`);
  if (accounts.length === 1) throw new AditError(9124, `Cannot delete the account "${found.name}": it is the last one`);
  return found;
}
