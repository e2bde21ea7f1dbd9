import type { CredentialKind } from '../../domain/entities.ts';
import type { Member, Store } from '../../domain/store.ts';
import { type IssuedCredential, issueWithin } from '../issue-credential.ts';
import { oneAccount, oneMember } from './find-one.ts';
import { byOperator } from './operator-audit.ts';

export interface NewKey {
  readonly kind: CredentialKind;
  /** Name or id. */
  readonly account: string;
  /** Whom it acts for: name or id. Undefined: the only user of the account. */
  readonly user: string | undefined;
  readonly description: string;
}

/**
 * Makes an authtoken or an API key for a user.
 *
 * @throws {AditError} 9121, 9123: it cannot be told whose.
 */
export function createKey(
  store: Pick<Store, 'write'>,
  { kind, account, user, description }: NewKey,
): Promise<IssuedCredential & { owner: Member }> {
  return store.write(async (tx) => {
    const owner = await oneMember(tx, await oneAccount(tx, account), user);
    return { ...(await issueWithin(tx, owner, { kind, description, actor: null, details: byOperator })), owner };
  });
}
