import { AditError } from '@adit/contracts';
import type { Account } from '../../domain/entities.ts';
import type { Member, StoreTransaction } from '../../domain/store.ts';

/**
 * The one account with that id or name.
 *
 * @throws {AditError} 9121: there is none. 9123: several have the name.
 */
export async function oneAccount(tx: Pick<StoreTransaction, 'findAccounts'>, nameOrId: string): Promise<Account> {
  return only(await tx.findAccounts(nameOrId), `an account "${nameOrId}"`);
}

/**
 * The one member of the account with that id or name; without a name the only one there is.
 *
 * @throws {AditError} 9121, 9123: as above.
 */
export async function oneMember(
  tx: Pick<StoreTransaction, 'listMembers'>,
  account: Pick<Account, 'id' | 'name'>,
  nameOrId: string | undefined,
): Promise<Member> {
  const members = await tx.listMembers(account.id);
  if (nameOrId === undefined) return only(members, `the user to take in the account "${account.name}"`);
  const found = members.filter(({ user }) => user.id === nameOrId || user.name === nameOrId);
  return only(found, `a user "${nameOrId}" in the account "${account.name}"`);
}

function only<T>(found: readonly T[], what: string): T {
  const [first] = found;
  if (first === undefined) throw new AditError(9121, `Cannot find ${what}: there is none`);
  if (found.length > 1) throw new AditError(9123, `Cannot tell ${what}: there are ${found.length}`);
  return first;
}
