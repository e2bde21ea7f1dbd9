import { AditError } from '@adit/contracts';
import { authorize } from '../domain/authorize.ts';
import type { CredentialKind, UserId } from '../domain/entities.ts';
import type { Principal } from '../domain/principal.ts';
import type { Store } from '../domain/store.ts';
import type { ApiLimits } from './api-limits.ts';
import { checkedAcl } from './checked-acl.ts';
import type { ControlDeps } from './control-deps.ts';
import { onlyOnce, type RequestFacts } from './idempotency.ts';
import { type IssuedCredential, issueWithin } from './issue-credential.ts';
import { writeAs } from './write-as.ts';

export interface CredentialRequest {
  readonly kind: CredentialKind;
  readonly description: string;
  readonly metadata: string;
  readonly acl: readonly string[];
  /** Whom it shall act for. */
  readonly ownerId: UserId;
}

/**
 * Makes a credential and its audit record.
 *
 * @throws {AditError} 9100: for somebody else. 215: for nobody in the account. 9110: the account has too many. 600: a rule
 *   of the ACL is none. 203: the caller's key was revoked meanwhile.
 *   9107: see `onlyOnce`. 9111: a repetition; the secret was shown once, to whoever sent the first.
 */
export async function createCredential(
  {
    store,
    digest,
    limits,
    whyNeverMet,
  }: {
    store: Pick<Store, 'write'>;
    digest(text: string): string;
    limits: Pick<ApiLimits, 'maxCredentialsPerAccount'>;
    whyNeverMet: ControlDeps['whyNeverMet'];
  },
  principal: Principal,
  { asked, request }: { asked: CredentialRequest; request: RequestFacts },
): Promise<IssuedCredential> {
  const owner = { accountId: principal.accountId, userId: asked.ownerId };
  authorize(principal, 'credential.create', { accountId: owner.accountId, ownerId: owner.userId });
  const options = { ...asked, acl: checkedAcl(asked.acl, whyNeverMet), actor: principal };
  return await writeAs(store, principal, (tx) =>
    onlyOnce(tx, { principal, request, digest, find: async () => undefined }, async () => {
      if (!(await tx.findMember(owner))) {
        throw new AditError(215, 'Cannot read the body: "owner_id" names no user of the account');
      }
      const max = limits.maxCredentialsPerAccount;
      if ((await tx.countCredentials(owner.accountId)) >= max) {
        throw new AditError(9110, `Cannot make a credential: the account has ${max}`);
      }
      const issued = await issueWithin(tx, owner, options);
      return { ...issued, id: issued.credential.id };
    }),
  );
}
