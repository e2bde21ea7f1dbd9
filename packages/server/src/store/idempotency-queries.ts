import type { Id } from '@adit/contracts';
import { type Kysely, sql } from 'kysely';
import type { IdempotencyKey, IdempotentRequest } from '../domain/store.ts';
import type { Tables } from './tables.ts';

type Db = Kysely<Tables>;

export async function findIdempotencyKey(
  db: Db,
  { accountId, key }: IdempotencyKey,
  notBeforeMs: number,
): Promise<IdempotentRequest | undefined> {
  await db.deleteFrom('idempotency_keys').where('created_at_ms', '<', notBeforeMs).execute();
  const row = await db
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'object_id'])
    .where('account_id', '=', accountId)
    .where('idempotency_key', '=', key)
    .executeTakeFirst();
  return row && { requestHash: row.request_hash, objectId: row.object_id };
}

export async function insertIdempotencyKey(
  db: Db,
  { accountId, key }: IdempotencyKey,
  { requestHash, objectId, nowMs }: IdempotentRequest & { nowMs: number },
): Promise<void> {
  const row = { account_id: accountId, idempotency_key: key, request_hash: requestHash };
  await db
    .insertInto('idempotency_keys')
    .values({ ...row, object_id: objectId, created_at_ms: nowMs })
    .execute();
}

export async function forgetIdempotencyKeys(db: Db, accountId: Id<'account'>, keep: number): Promise<void> {
  const newestToGo = await db
    .selectFrom('idempotency_keys')
    .select(['created_at_ms', 'idempotency_key'])
    .where('account_id', '=', accountId)
    .orderBy('created_at_ms', 'desc')
    .orderBy('idempotency_key', 'desc')
    .limit(1)
    .offset(keep)
    .executeTakeFirst();
  if (!newestToGo) return;
  const { created_at_ms: atMs, idempotency_key: key } = newestToGo;
  await db
    .deleteFrom('idempotency_keys')
    .where('account_id', '=', accountId)
    .where(sql<boolean>`(created_at_ms, idempotency_key) <= (${atMs}, ${key})`)
    .execute();
}
