import { AditError, type Id } from '@adit/contracts';
import type { Kysely } from 'kysely';
import type { Account, Credential, CredentialId, CredentialKind, Membership, UserId } from '../domain/entities.ts';
import type { Principal } from '../domain/principal.ts';
import type { CredentialKey, Store } from '../domain/store.ts';
import { roleColumns, toRoles } from './member-queries.ts';
import { credentialColumns, toAccount, toCredential } from './rows.ts';
import type { Tables } from './tables.ts';

type Db = Kysely<Tables>;

export async function findPrincipal(
  db: Db,
  kind: CredentialKind,
  secretHash: Uint8Array,
): Promise<Principal | undefined> {
  const row = await db
    .selectFrom('credentials as c')
    .innerJoin('memberships as m', (join) =>
      join.onRef('m.account_id', '=', 'c.account_id').onRef('m.user_id', '=', 'c.owner_id'),
    )
    .innerJoin('accounts as a', 'a.id', 'c.account_id')
    .select(['c.account_id', 'c.owner_id', 'c.id', 'c.acl', 'a.suspended_at_ms', 'm.disabled_at_ms', ...roleColumns])
    .where('c.secret_hash', '=', secretHash)
    .where('c.kind', '=', kind)
    .executeTakeFirst();
  // Thrown, not answered: a caller that forgot to look would let them in.
  if (row && row.suspended_at_ms !== null) throw new AditError(kind === 'authtoken' ? 103 : 205);
  if (row && row.disabled_at_ms !== null) throw new AditError(9115);
  return (
    row && {
      accountId: row.account_id as Id<'account'>,
      userId: row.owner_id as UserId,
      roles: toRoles(row),
      credentialId: row.id as CredentialId,
      credentialKind: kind,
      acl: JSON.parse(row.acl) as string[],
    }
  );
}

export async function findAccount(db: Db, id: Id<'account'>): Promise<Account | undefined> {
  const row = await db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toAccount(row);
}

export async function findCredential(db: Db, key: CredentialKey): Promise<Credential | undefined> {
  const row = await db
    .selectFrom('credentials')
    .select(credentialColumns)
    .where('account_id', '=', key.accountId)
    .where('kind', '=', key.kind)
    .where('id', '=', key.id)
    .executeTakeFirst();
  return row && toCredential(row);
}

export async function countCredentials(db: Db, accountId: Id<'account'>): Promise<number> {
  const { count } = await db
    .selectFrom('credentials')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function listCredentials(db: Db, query: Parameters<Store['listCredentials']>[0]): Promise<Credential[]> {
  let select = db
    .selectFrom('credentials')
    .select(credentialColumns)
    .where('account_id', '=', query.accountId)
    .where('kind', '=', query.kind)
    .orderBy('id', 'desc')
    .limit(query.limit);
  if (query.beforeId !== undefined) select = select.where('id', '<', query.beforeId);
  if (query.ownerId !== undefined) select = select.where('owner_id', '=', query.ownerId);
  return (await select.execute()).map(toCredential);
}

export async function findFirstAdministrator(db: Db): Promise<Membership | undefined> {
  const row = await db
    .selectFrom('memberships as m')
    .innerJoin('accounts as a', 'a.id', 'm.account_id')
    .select(['m.account_id', 'm.user_id', ...roleColumns])
    .where('m.role', '=', 'administrator')
    .orderBy('a.created_at_ms')
    .orderBy('a.id')
    .orderBy('m.user_id')
    .executeTakeFirst();
  return row && { accountId: row.account_id as Id<'account'>, userId: row.user_id as UserId, roles: toRoles(row) };
}
