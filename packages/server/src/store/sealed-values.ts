import { type Kysely, sql } from 'kysely';
import type { SecretsSealer } from '../domain/sealer.ts';
import { keyContext } from './audit/audit-people.ts';
import { secretContext } from './document-secrets.ts';
import { totpContext } from './login-queries.ts';
import { accountContext, certificateContext } from './managed-certificate-rows.ts';
import type { Tables } from './tables.ts';

/**
 * Opens the keys for sealed values once it is known what there is.
 *
 * @param sealed The beginning of a value for each key that sealed any; empty: nothing is sealed yet, so a new key may be made.
 */
export type OpenSealer = (sealed: readonly Uint8Array[]) => Promise<SecretsSealer>;

/** Version and key id: how long the beginning is that tells which key a value needs. */
const beginningBytes = 9;

// A table that gets sealed values gets its lines in both functions below.

/** One beginning of a sealed value for each key that is needed. */
export async function sealedBeginnings(db: Kysely<Tables>): Promise<Uint8Array[]> {
  const length = sql.lit(beginningBytes);
  const { rows } = await sql<{ beginning: Uint8Array }>`
    select substr(sealed_key, 1, ${length}) as beginning from audit_people
    union select substr(sealed, 1, ${length}) as beginning from document_secrets
    union select substr(sealed_key, 1, ${length}) as beginning from managed_certificates where sealed_key is not null
    union select substr(sealed_key, 1, ${length}) as beginning from acme_accounts
    union select substr(sealed_seed, 1, ${length}) as beginning from user_totps`.execute(db);
  return rows.map(({ beginning }) => beginning);
}

/**
 * Moves up to so many values to the key that seals now. Answers how many it moved: 0, all are there, and the older keys are
 * needed by backups only.
 */
export async function resealSome(db: Kysely<Tables>, sealer: SecretsSealer, limit: number): Promise<number> {
  const people = await db
    .selectFrom('audit_people')
    .select(['id', 'account_id', 'sealed_key'])
    .where(sql`substr(sealed_key, 1, ${sql.lit(beginningBytes)})`, '!=', sealer.beginning)
    .limit(limit)
    .execute();
  for (const { id, account_id, sealed_key } of people) {
    const resealed = sealer.reseal(sealed_key, keyContext(account_id, id));
    await db.updateTable('audit_people').set({ sealed_key: resealed }).where('id', '=', id).execute();
  }
  let moved = people.length;
  for (const reseal of [resealSecrets, resealCertificateKeys, resealAccountKeys, resealTotps]) {
    moved += await reseal(db, sealer, limit - moved);
  }
  return moved;
}

async function resealSecrets(db: Kysely<Tables>, sealer: SecretsSealer, limit: number): Promise<number> {
  const secrets = await db
    .selectFrom('document_secrets')
    .selectAll()
    .where(sql`substr(sealed, 1, ${sql.lit(beginningBytes)})`, '!=', sealer.beginning)
    .limit(limit)
    .execute();
  for (const { document_id, account_id, sealed } of secrets) {
    const resealed = sealer.reseal(sealed, secretContext(account_id, document_id));
    await db.updateTable('document_secrets').set({ sealed: resealed }).where('document_id', '=', document_id).execute();
  }
  return secrets.length;
}

async function resealCertificateKeys(db: Kysely<Tables>, sealer: SecretsSealer, limit: number): Promise<number> {
  const rows = await db
    .selectFrom('managed_certificates')
    .select(['name', 'sealed_key'])
    .$narrowType<{ sealed_key: Uint8Array }>()
    .where('sealed_key', 'is not', null)
    .where(sql`substr(sealed_key, 1, ${sql.lit(beginningBytes)})`, '!=', sealer.beginning)
    .limit(limit)
    .execute();
  for (const { name, sealed_key } of rows) {
    const resealed = sealer.reseal(sealed_key, certificateContext(name));
    await db.updateTable('managed_certificates').set({ sealed_key: resealed }).where('name', '=', name).execute();
  }
  return rows.length;
}

async function resealAccountKeys(db: Kysely<Tables>, sealer: SecretsSealer, limit: number): Promise<number> {
  const rows = await db
    .selectFrom('acme_accounts')
    .select(['directory_url', 'sealed_key'])
    .where(sql`substr(sealed_key, 1, ${sql.lit(beginningBytes)})`, '!=', sealer.beginning)
    .limit(limit)
    .execute();
  for (const { directory_url, sealed_key } of rows) {
    const resealed = sealer.reseal(sealed_key, accountContext(directory_url));
    const change = db.updateTable('acme_accounts').set({ sealed_key: resealed });
    await change.where('directory_url', '=', directory_url).execute();
  }
  return rows.length;
}

async function resealTotps(db: Kysely<Tables>, sealer: SecretsSealer, limit: number): Promise<number> {
  const rows = await db
    .selectFrom('user_totps')
    .select(['user_id', 'sealed_seed'])
    .where(sql`substr(sealed_seed, 1, ${sql.lit(beginningBytes)})`, '!=', sealer.beginning)
    .limit(limit)
    .execute();
  for (const { user_id, sealed_seed } of rows) {
    const resealed = sealer.reseal(sealed_seed, totpContext(user_id));
    await db.updateTable('user_totps').set({ sealed_seed: resealed }).where('user_id', '=', user_id).execute();
  }
  return rows.length;
}
