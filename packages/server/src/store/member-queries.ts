// The people and service users of accounts.
import type { Id } from '@adit/contracts';
import type { Kysely, Selectable } from 'kysely';
import type { CredentialId, UserId } from '../domain/entities.ts';
import type { Roles } from '../domain/roles.ts';
import type { Member, MemberKey, MemberQuery, StoreTransaction } from '../domain/store.ts';
import type { Tables } from './tables.ts';

type Db = Kysely<Tables>;
type MembershipRow = Selectable<Tables['memberships']>;

/** Columns of `memberships as m` that say what somebody may do. */
export const roleColumns = ['m.role', 'm.developer_role', 'm.team_role'] as const;

export function toRoles(row: Pick<MembershipRow, 'role' | 'developer_role' | 'team_role'>): Roles {
  return { administrator: row.role === 'administrator', developer: row.developer_role, team: row.team_role };
}

function roleValues({ administrator, developer, team }: Roles) {
  const role = administrator ? 'administrator' : 'developer';
  return { role, developer_role: developer, team_role: team } as const;
}

export async function insertMembership(
  db: Db,
  { accountId, userId, roles, disabledAtMs = null }: Parameters<StoreTransaction['insertMembership']>[0],
): Promise<void> {
  const key = { account_id: accountId, user_id: userId };
  await db
    .insertInto('memberships')
    .values({ ...key, ...roleValues(roles), disabled_at_ms: disabledAtMs })
    .execute();
}

export async function updateMember(db: Db, member: Parameters<StoreTransaction['updateMember']>[0]): Promise<void> {
  const { accountId, userId, roles, disabledAtMs, revision } = member;
  await db
    .updateTable('memberships')
    .set({ ...roleValues(roles), disabled_at_ms: disabledAtMs, revision })
    .where('account_id', '=', accountId)
    .where('user_id', '=', userId)
    .execute();
}

/** Oldest account first, then oldest user. */
export async function listMembers(db: Db, accountId?: Id<'account'>): Promise<Member[]> {
  let select = selectMembers(db).orderBy('m.account_id').orderBy('m.user_id');
  if (accountId !== undefined) select = select.where('m.account_id', '=', accountId);
  return (await select.execute()).map(toMember);
}

/** One user in all their accounts, oldest account first. */
export async function listMemberships(db: Db, userId: UserId): Promise<Member[]> {
  const select = selectMembers(db).where('m.user_id', '=', userId).orderBy('m.account_id');
  return (await select.execute()).map(toMember);
}

export async function pageMembers(db: Db, { accountId, idPrefix, limit, beforeId }: MemberQuery): Promise<Member[]> {
  const select = selectMembers(db)
    .where('m.account_id', '=', accountId)
    // As a range: the ids of one kind lie together. "`" comes right behind "_".
    .where('m.user_id', '>=', `${idPrefix}_`)
    .where('m.user_id', '<', beforeId ?? `${idPrefix}\``)
    .orderBy('m.user_id', 'desc')
    .limit(limit);
  return (await select.execute()).map(toMember);
}

export async function findMember(db: Db, { accountId, userId }: MemberKey): Promise<Member | undefined> {
  const row = await selectMembers(db)
    .where('m.account_id', '=', accountId)
    .where('m.user_id', '=', userId)
    .executeTakeFirst();
  return row && toMember(row);
}

/** The other people that could still manage the account. Service users do not count. */
export async function countOtherAdministrators(db: Db, { accountId, userId }: MemberKey): Promise<number> {
  const { count } = await db
    .selectFrom('memberships')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('account_id', '=', accountId)
    .where('role', '=', 'administrator')
    .where('disabled_at_ms', 'is', null)
    .where('user_id', '>=', 'usr_')
    .where('user_id', '<', 'usr`')
    .where('user_id', '!=', userId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function countMembers(
  db: Db,
  { accountId, idPrefix }: Pick<MemberQuery, 'accountId' | 'idPrefix'>,
): Promise<number> {
  const { count } = await db
    .selectFrom('memberships')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('account_id', '=', accountId)
    .where('user_id', '>=', `${idPrefix}_`)
    .where('user_id', '<', `${idPrefix}\``)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function hasMemberNamed(db: Db, accountId: Id<'account'>, name: string): Promise<boolean> {
  const row = await db
    .selectFrom('memberships as m')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .select('u.id')
    .where('m.account_id', '=', accountId)
    .where('u.name', '=', name)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function listCredentialIds(db: Db, { accountId, userId }: MemberKey): Promise<CredentialId[]> {
  const rows = await db
    .selectFrom('credentials')
    .select('id')
    .where('account_id', '=', accountId)
    .where('owner_id', '=', userId)
    .execute();
  return rows.map(({ id }) => id as CredentialId);
}

/** With the credentials they have in the account; from the server as well if they are in no other account. */
export async function deleteMember(db: Db, { accountId, userId }: MemberKey): Promise<void> {
  await db.deleteFrom('credentials').where('account_id', '=', accountId).where('owner_id', '=', userId).execute();
  await db.deleteFrom('memberships').where('account_id', '=', accountId).where('user_id', '=', userId).execute();
  await deleteIfNowhere(db, userId);
}

export async function deleteIfNowhere(db: Db, userId: UserId): Promise<void> {
  await db
    .deleteFrom('users')
    .where('id', '=', userId)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('memberships').select('user_id').where('user_id', '=', userId))),
    )
    .execute();
}

function selectMembers(db: Db) {
  return db
    .selectFrom('memberships as m')
    .innerJoin('accounts as a', 'a.id', 'm.account_id')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .select(['m.account_id', 'm.user_id', 'm.disabled_at_ms', 'm.revision', ...roleColumns])
    .select(['a.name as account_name', 'u.name', 'u.created_at_ms']);
}

type MemberRow = MembershipRow & { account_name: string; name: string; created_at_ms: number };

function toMember(row: MemberRow): Member {
  const userId = row.user_id as UserId;
  return {
    accountId: row.account_id as Id<'account'>,
    accountName: row.account_name,
    userId,
    roles: toRoles(row),
    disabledAtMs: row.disabled_at_ms,
    revision: row.revision,
    user: { id: userId, name: row.name, createdAtMs: row.created_at_ms },
  };
}
