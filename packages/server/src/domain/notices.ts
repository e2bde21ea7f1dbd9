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
  /** Made, changed or deleted. */
  | ({ readonly type: 'document-changed' } & DocumentKey);

/** In process on one node; PostgreSQL LISTEN/NOTIFY across nodes later. */
export interface Bus {
  publish(notice: Notice): void;
  /** Answers the unsubscribe. A subscriber that throws is logged and does not stop the others. */
  subscribe(receive: (notice: Notice) => void): () => void;
}
