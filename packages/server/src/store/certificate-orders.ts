import type { Kysely } from 'kysely';
import type { ManagedCertificateWriter } from '../domain/managed-certificates.ts';
import type { Sealer } from '../domain/sealer.ts';
import { certificateContext } from './managed-certificate-rows.ts';
import type { Tables } from './tables.ts';

type Db = Kysely<Tables>;
type Order = { readonly name: string; readonly holder: string };
const noAttempt = { started_at_ms: null, holder: null, until_ms: null, error_kind: null, error_message: null };

/** In one statement each, so that of two servers that want the same order one finds it taken. */
export async function beginOrder(
  db: Db,
  { name, holder, untilMs }: Parameters<ManagedCertificateWriter['beginOrder']>[0],
  nowMs: number,
): Promise<boolean> {
  const attempt = { started_at_ms: nowMs, holder, until_ms: untilMs };
  const made = await db
    .insertInto('managed_certificates')
    .values({ name, first_order_ms: nowMs, failures: 0, ...attempt })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .executeTakeFirstOrThrow();
  if ((made.numInsertedOrUpdatedRows ?? 0n) > 0n) return true;
  const taken = await db
    .updateTable('managed_certificates')
    .set(attempt)
    .where('name', '=', name)
    .where((eb) => eb.or([eb('until_ms', 'is', null), eb('until_ms', '<=', nowMs)]))
    .executeTakeFirstOrThrow();
  return taken.numUpdatedRows > 0n;
}

export async function countFirstOrders(
  db: Db,
  { domain, sinceMs }: { domain: string; sinceMs: number },
): Promise<number> {
  const { count } = await db
    .selectFrom('managed_certificates')
    .select((eb) => eb.fn.countAll<number | string | bigint>().as('count'))
    .where('first_order_ms', '>=', sinceMs)
    .where((eb) => eb.or([eb('name', '=', domain), eb('name', 'like', `%.${domain.replaceAll('_', '\\_')}`)]))
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function recordIssued(
  db: Db,
  issued: { name: string; nowMs: number } & Parameters<ManagedCertificateWriter['recordIssued']>[1],
  sealer: Sealer,
): Promise<void> {
  const { name, pem } = issued;
  const values = {
    serial_number: issued.serialNumber,
    directory_url: issued.directoryUrl,
    not_before_ms: issued.notBeforeMs,
    not_after_ms: issued.notAfterMs,
    renew_at_ms: issued.renewAtMs,
    chain: pem.cert,
    sealed_key: sealer.seal(Buffer.from(pem.key), certificateContext(name)),
    failures: 0,
    ...noAttempt,
  };
  await db
    .insertInto('managed_certificates')
    .values({ name, first_order_ms: issued.nowMs, ...values })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
    .execute();
}

export async function recordFailure(
  db: Db,
  { name, holder, untilMs, error }: Order & Parameters<ManagedCertificateWriter['recordFailure']>[1],
): Promise<boolean> {
  const result = await db
    .updateTable('managed_certificates')
    .set((eb) => ({
      ...{ holder: null, until_ms: untilMs, failures: eb('failures', '+', 1) },
      ...{ error_kind: error.kind, error_message: error.message },
    }))
    .where('name', '=', name)
    .where('holder', '=', holder)
    .executeTakeFirstOrThrow();
  return result.numUpdatedRows > 0n;
}

/** Why the one before failed stays to be seen; the next may begin at once. */
export async function endOrder(db: Db, { name, holder }: Order): Promise<void> {
  await db
    .updateTable('managed_certificates')
    .set((eb) => ({ holder: null, until_ms: eb.ref('started_at_ms') }))
    .where('name', '=', name)
    .where('holder', '=', holder)
    .execute();
}

export async function deleteManagedCertificate(db: Db, name: string): Promise<void> {
  await db.deleteFrom('managed_certificates').where('name', '=', name).execute();
  await db.deleteFrom('challenge_answers').where('name', '=', name).execute();
}
