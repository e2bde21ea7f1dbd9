import type { Id } from '@adit/contracts';
import type { DocumentKey } from './document.ts';
import type { CredentialId } from './entities.ts';

/** What changed in the store, told to whoever holds live state that rests on it. Ids only: the receiver reads the rest. */
export type Notice =
  | {
      readonly type: 'credential-revoked';
      readonly accountId: Id<'account'>;
      readonly credentialId: CredentialId;
    }
  /** It may open more or less than before. */
  | {
      readonly type: 'credential-changed';
      readonly accountId: Id<'account'>;
      readonly credentialId: CredentialId;
    }
  /** Its owner is disabled: it opens nothing for now. */
  | {
      readonly type: 'credential-disabled';
      readonly accountId: Id<'account'>;
      readonly credentialId: CredentialId;
    }
  /** Made, changed or deleted. */
  | ({ readonly type: 'document-changed' } & DocumentKey)
  /** What was issued for that name, or what its order is at. */
  | { readonly type: 'certificate-changed'; readonly name: string }
  /** Some may have been lost on their way here: look again at all that live state rests on. For this process alone. */
  | { readonly type: 'missed' }
  | { readonly type: 'account-suspended'; readonly accountId: Id<'account'> };

/** In this process; with PostgreSQL, between all servers on one database. */
export interface Bus {
  /** Has told every subscriber of this process when it returns; other servers hear of it as soon as they can. */
  publish(notice: Notice): void;
  /**
   * Answers the unsubscribe. A subscriber that throws is logged and does not stop the others. What this process publishes
   * it hears once; what others publish at least once, or else it hears `missed`.
   */
  subscribe(receive: (notice: Notice) => void): () => void;
}
