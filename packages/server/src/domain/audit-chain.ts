// The audit log of an account is a chain: each record's hash covers the record and the hash before it, so that nothing can be
// changed, taken out or put in without every later hash telling. Format "adit-audit/1", also in docs/how-to/audit.md:
//
//   hash = SHA-256(hash of the record before, 32 bytes; for the first: zeros ‖ the fields of the record, in this order:
//     "adit-audit/1", account id, seq, record id, time, actor's user id, actor's credential id, person id, who, action,
//     resource id, details)
//
// A field that is there is written as "<length in bytes, decimal>:<bytes>,", one that is not as "-,". Texts are UTF-8, numbers
// decimal, the time in milliseconds since 1970, `who` its bytes, `details` the JSON text as it is stored. Nothing of it may
// ever change: another format has another name.
import { createHash } from 'node:crypto';

export const auditFormat = 'adit-audit/1';

/** What stands in place of a hash before the first record. */
export const chainStart: Uint8Array = new Uint8Array(32);

/** A record of the log as it is hashed. Personal is only `who`, which is encrypted. */
export interface AuditFields {
  readonly accountId: string;
  /** 1, 2, 3 … in each account. */
  readonly seq: number;
  readonly id: string;
  readonly atMs: number;
  /** Null but in records from before people had keys; so is the next. */
  readonly actorUserId: string | null;
  readonly actorCredentialId: string | null;
  /** Stands for the person who did it; leads nowhere once that person is erased. Null: the server itself. */
  readonly personId: string | null;
  /** Who did it, sealed with the person's key. */
  readonly who: Uint8Array | null;
  readonly action: string;
  readonly resourceId: string;
  /** A JSON object as text. */
  readonly details: string;
}

export interface ChainedAuditRecord extends AuditFields {
  /** 32 bytes. */
  readonly hash: Uint8Array;
}

/** Where a chain ends. */
export interface ChainHead {
  /** Of the last record; 0: there is none. */
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** @param previous The hash of the record before, or `chainStart`. */
export function auditHash(previous: Uint8Array, record: AuditFields): Uint8Array {
  const hash = createHash('sha256').update(previous);
  for (const field of fieldsOf(record)) {
    const bytes = field === null || field instanceof Uint8Array ? field : Buffer.from(String(field));
    if (bytes === null) hash.update('-,');
    else hash.update(`${bytes.length}:`).update(bytes).update(',');
  }
  return hash.digest();
}

function fieldsOf(record: AuditFields): readonly (string | number | Uint8Array | null)[] {
  const { accountId, seq, id, atMs, actorUserId, actorCredentialId, personId, who } = record;
  const { action, resourceId, details } = record;
  const actor = [actorUserId, actorCredentialId, personId, who];
  return [auditFormat, accountId, seq, id, atMs, ...actor, action, resourceId, details];
}
