import { type Kysely, sql } from 'kysely';
import type { SecretsSealer } from '../domain/sealer.ts';
import { keyContext } from './audit/audit-people.ts';
import { secretContext } from './document-secrets.ts';
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
    union select substr(sealed, 1, ${length}) as beginning from document_secrets`.execute(db);
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
  return people.length + (await resealSecrets(db, sealer, limit - people.length));
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
