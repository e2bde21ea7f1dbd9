import type { Id } from '@adit/contracts';
import type { CredentialId, CredentialKind, UserId } from './entities.ts';
import type { Roles } from './roles.ts';

/** Whoever calls the control API or opens an agent session, as proved by a credential. */
export interface Principal {
  readonly accountId: Id<'account'>;
  readonly userId: UserId;
  readonly roles: Roles;
  readonly credentialId: CredentialId;
  readonly credentialKind: CredentialKind;
  /** That of the credential: what its agents may open; empty: no limit. */
  readonly acl: readonly string[];
  /** Where this call comes from, for the audit log. Absent: from nowhere in particular. Proves nothing. */
  readonly clientAddress?: string;
}
