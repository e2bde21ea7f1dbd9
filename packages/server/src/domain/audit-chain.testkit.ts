import { newId } from '@adit/contracts';
import { type AuditFields, auditHash, type ChainedAuditRecord, chainStart } from './audit-chain.ts';

/** A record of every kind of field, as the server would write it, by its number. */
export function makeAuditFields(seq: number, change: Partial<AuditFields> = {}): AuditFields {
  const isPersons = seq % 3 !== 0;
  return {
    accountId: 'ac_0000000000000000000000000aa',
    seq,
    id: newId('auditEvent', seq),
    atMs: 1_767_323_045_678 + seq,
    ...{ actorUserId: null, actorCredentialId: null },
    personId: isPersons ? 'pn_0000000000000000000000000bb' : null,
    who: isPersons ? crypto.getRandomValues(new Uint8Array(50)) : null,
    action: 'credential.create',
    resourceId: newId('credential', seq),
    details: JSON.stringify({ kind: 'authtoken', text: `Zoë "${seq}" \u{1f980}` }),
    ...change,
  };
}

/** An intact chain of so many records. */
export function makeChain(length: number, change: Partial<AuditFields> = {}): ChainedAuditRecord[] {
  let hash = chainStart;
  return Array.from({ length }, (_, i) => {
    const fields = makeAuditFields(i + 1, change);
    hash = auditHash(hash, fields);
    return { ...fields, hash };
  });
}
