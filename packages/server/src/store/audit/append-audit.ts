// store/audit: the audit log, one chain for each account (domain/audit-chain.ts), written in the transaction of the change.
import { newId } from '@adit/contracts';
import type { Kysely } from 'kysely';
import { type AuditFields, auditHash, chainStart } from '../../domain/audit-chain.ts';
import type { SecretsSealer } from '../../domain/sealer.ts';
import type { AuditRecord } from '../../domain/store.ts';
import type { Tables } from '../tables.ts';
import { personOf } from './audit-people.ts';
import { encodeWho, whoContext } from './audit-who.ts';
import { findAuditHead } from './read-audit.ts';

type WriteOptions = { readonly nowMs: number; readonly sealer: SecretsSealer };

export async function appendAudit(db: Kysely<Tables>, record: AuditRecord, options: WriteOptions): Promise<void> {
  const { accountId, action, resourceId } = record;
  const head = await findAuditHead(db, accountId);
  const id = newId('auditEvent', options.nowMs);
  const fields: AuditFields = {
    ...{ accountId, seq: (head?.seq ?? 0) + 1, id, atMs: options.nowMs },
    ...{ actorUserId: null, actorCredentialId: null },
    ...(await sealedActor(db, { ...record, id }, options)),
    ...{ action, resourceId, details: JSON.stringify(record.details) },
  };
  const hash = auditHash(head?.hash ?? chainStart, fields);
  await db.insertInto('audit_events').values(toRow(fields, hash)).execute();
}

async function sealedActor(
  db: Kysely<Tables>,
  { accountId, actor, id }: AuditRecord & { readonly id: string },
  options: WriteOptions,
): Promise<Pick<AuditFields, 'personId' | 'who'>> {
  if (actor === null) return { personId: null, who: null };
  const { userId: user, credentialId: credential, clientAddress: address = null } = actor;
  const person = await personOf(db, { accountId, userId: user }, options);
  const who = encodeWho({ user, credential, name: person.name, address });
  return { personId: person.id, who: person.sealer.seal(who, whoContext(accountId, id)) };
}

function toRow(fields: AuditFields, hash: Uint8Array) {
  return {
    id: fields.id,
    account_id: fields.accountId,
    seq: fields.seq,
    at_ms: fields.atMs,
    actor_user_id: fields.actorUserId,
    actor_credential_id: fields.actorCredentialId,
    person_id: fields.personId,
    who: fields.who,
    action: fields.action,
    resource_id: fields.resourceId,
    details: fields.details,
    hash,
  };
}
