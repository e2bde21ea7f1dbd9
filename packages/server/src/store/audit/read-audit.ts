import { AditError, type Id } from '@adit/contracts';
import type { Kysely, Selectable } from 'kysely';
import type { ChainedAuditRecord, ChainHead } from '../../domain/audit-chain.ts';
import type { SecretsSealer } from '../../domain/sealer.ts';
import type { Store, StoredAuditRecord } from '../../domain/store.ts';
import type { Tables } from '../tables.ts';
import { actorReader } from './audit-actor.ts';

type Db = Kysely<Tables>;

export async function findAuditHead(db: Db, accountId: Id<'account'>): Promise<ChainHead | undefined> {
  return db
    .selectFrom('audit_events')
    .select(['seq', 'hash'])
    .where('account_id', '=', accountId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export async function readAudit(db: Db, query: Parameters<Store['readAudit']>[0]): Promise<ChainedAuditRecord[]> {
  const rows = await db
    .selectFrom('audit_events')
    .selectAll()
    .where('account_id', '=', query.accountId)
    .where('seq', '>', query.afterSeq)
    .orderBy('seq')
    .limit(query.limit)
    .execute();
  return rows.map(toChained);
}

export async function listAudit(
  db: Db,
  { accountId, limit, beforeId }: { accountId: Id<'account'>; limit: number; beforeId: Id<'auditEvent'> | undefined },
  sealer: SecretsSealer,
): Promise<StoredAuditRecord[]> {
  let select = db
    .selectFrom('audit_events as e')
    .leftJoin('audit_people as p', (join) =>
      join.onRef('p.id', '=', 'e.person_id').onRef('p.account_id', '=', 'e.account_id'),
    )
    .selectAll('e')
    .select('p.sealed_key')
    .where('e.account_id', '=', accountId)
    .orderBy('e.seq', 'desc')
    .limit(limit);
  // By its place in the chain: ids of several servers need not be in that order.
  if (beforeId !== undefined) {
    select = select.where('e.seq', '<', (eb) =>
      eb.selectFrom('audit_events').select('seq').where('account_id', '=', accountId).where('id', '=', beforeId),
    );
  }
  const rows = await select.execute();
  // An empty page would look like the end of the log.
  if (rows.length === 0 && beforeId !== undefined) await assertThere(db, { accountId, id: beforeId });
  const actorOf = actorReader(sealer);
  return rows.map((row) => ({ ...toStored(row), ...actorOf(row) }));
}

async function assertThere(
  db: Db,
  { accountId, id }: { accountId: Id<'account'>; id: Id<'auditEvent'> },
): Promise<void> {
  const record = db.selectFrom('audit_events').select('seq').where('account_id', '=', accountId).where('id', '=', id);
  if (!(await record.executeTakeFirst())) throw new AditError(9101);
}

function toStored(row: Selectable<Tables['audit_events']>) {
  return {
    id: row.id as Id<'auditEvent'>,
    seq: row.seq,
    atMs: row.at_ms,
    accountId: row.account_id as Id<'account'>,
    action: row.action,
    resourceId: row.resource_id,
    details: JSON.parse(row.details) as StoredAuditRecord['details'],
    hash: row.hash,
  };
}

function toChained(row: Selectable<Tables['audit_events']>): ChainedAuditRecord {
  return {
    accountId: row.account_id,
    seq: row.seq,
    id: row.id,
    atMs: row.at_ms,
    actorUserId: row.actor_user_id,
    actorCredentialId: row.actor_credential_id,
    personId: row.person_id,
    who: row.who,
    action: row.action,
    resourceId: row.resource_id,
    details: row.details,
    hash: row.hash,
  };
}
