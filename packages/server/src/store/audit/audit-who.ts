import type { SealContext } from '../../domain/sealer.ts';
import type { AuditActor } from '../../domain/store.ts';

/** What is encrypted of who did it, as JSON. */
export interface AuditWho {
  readonly user: NonNullable<AuditActor['actorUserId']>;
  readonly credential: NonNullable<AuditActor['actorCredentialId']>;
  readonly name: string | null;
  readonly address: string | null;
}

export function encodeWho(who: AuditWho): Uint8Array {
  return Buffer.from(JSON.stringify(who));
}

export function decodeWho(bytes: Uint8Array): AuditWho {
  return JSON.parse(Buffer.from(bytes).toString()) as AuditWho;
}

/** What the who of a record is sealed for: it opens in no other. */
export function whoContext(accountId: string, recordId: string): SealContext {
  return ['audit-who', accountId, recordId];
}
