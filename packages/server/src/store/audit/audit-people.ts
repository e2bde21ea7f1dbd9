import { newId } from '@adit/contracts';
import type { Kysely } from 'kysely';
import type { Membership } from '../../domain/entities.ts';
import type { SealContext, Sealer, SecretsSealer } from '../../domain/sealer.ts';
import type { Tables } from '../tables.ts';

/** A person of an account's audit log: a name that says nothing, and what seals what they did. */
export interface AuditPerson {
  readonly id: string;
  readonly sealer: Sealer;
  /** The user's name now; null: the user is gone. */
  readonly name: string | null;
}

type PersonKey = Pick<Membership, 'accountId' | 'userId'>;

/** The person behind a user of the account; a first deed makes their key. Nothing is kept in memory: an erased key is gone. */
export async function personOf(
  db: Kysely<Tables>,
  { accountId, userId }: PersonKey,
  { nowMs, sealer }: { nowMs: number; sealer: SecretsSealer },
): Promise<AuditPerson> {
  const row = await db
    .selectFrom('audit_people as p')
    .leftJoin('users as u', 'u.id', 'p.user_id')
    .select(['p.id', 'p.sealed_key', 'u.name'])
    .where('p.account_id', '=', accountId)
    .where('p.user_id', '=', userId)
    .executeTakeFirst();
  if (row) return { id: row.id, name: row.name, sealer: sealer.openKey(row.sealed_key, keyContext(accountId, row.id)) };
  const user = await db.selectFrom('users').select('name').where('id', '=', userId).executeTakeFirst();
  const id = newId('auditPerson', nowMs);
  const made = sealer.newKey(keyContext(accountId, id));
  const values = { id, account_id: accountId, user_id: userId, sealed_key: made.sealedKey };
  await db.insertInto('audit_people').values(values).execute();
  return { id, name: user?.name ?? null, sealer: made.sealer };
}

export async function erasePerson(db: Kysely<Tables>, { accountId, userId }: PersonKey): Promise<boolean> {
  const result = await db
    .deleteFrom('audit_people')
    .where('account_id', '=', accountId)
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  return result.numDeletedRows > 0n;
}

/** What a person's key is sealed for. */
export function keyContext(accountId: string, personId: string): SealContext {
  return ['audit-person', accountId, personId];
}
