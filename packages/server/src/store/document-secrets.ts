import type { Kysely } from 'kysely';
import type { DocumentKey } from '../domain/document.ts';
import type { SealContext, Sealer } from '../domain/sealer.ts';
import type { Tables } from './tables.ts';

type Db = Kysely<Tables>;

/** Seals what only the server itself may read of a document, in place of what was there. The document must be. */
export async function putSecret(
  db: Db,
  { accountId, id }: DocumentKey,
  { plain, sealer }: { plain: Uint8Array; sealer: Sealer },
): Promise<void> {
  const sealed = sealer.seal(plain, secretContext(accountId, id));
  await db
    .insertInto('document_secrets')
    .values({ document_id: id, account_id: accountId, sealed })
    .onConflict((conflict) => conflict.column('document_id').doUpdateSet({ sealed }))
    .execute();
}

/** Undefined: the account has no such document, or it has no secret. Throws as `Sealer.open` does. */
export async function readSecret(
  db: Db,
  { accountId, id }: DocumentKey,
  sealer: Sealer,
): Promise<Uint8Array | undefined> {
  const row = await db
    .selectFrom('document_secrets')
    .select('sealed')
    .where('document_id', '=', id)
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return row && sealer.open(row.sealed, secretContext(accountId, id));
}

export function secretContext(accountId: string, id: string): SealContext {
  return ['secret of a document', accountId, id];
}
