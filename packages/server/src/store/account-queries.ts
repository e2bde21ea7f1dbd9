// What the operator asks about accounts and their people, and what a server asks about the credentials it serves.
import type { Id } from '@adit/contracts';
import type { Kysely } from 'kysely';
import type { Account } from '../domain/entities.ts';
import type {
  AccountSummary,
  AuditRecord,
  DeletedAccount,
  LiveCredential,
  LostCredential,
  Member,
} from '../domain/store.ts';
import { toAccount } from './rows.ts';
import type { Tables } from './tables.ts';

type Db = Kysely<Tables>;

/** Databases limit the parameters of one statement. */
const lookUpsAtOnce = 500;

export async function findAccounts(db: Db, nameOrId: string): Promise<Account[]> {
  const rows = await db
    .selectFrom('accounts')
    .selectAll()
    .where((eb) => eb.or([eb('id', '=', nameOrId), eb('name', '=', nameOrId)]))
    .orderBy('id')
    .execute();
  return rows.map(toAccount);
}

export async function listAccounts(db: Db): Promise<AccountSummary[]> {
  const rows = await db.selectFrom('accounts').selectAll().orderBy('id').execute();
  const [users, credentials, auditRecords] = [
    await countByAccount(db, 'memberships'),
    await countByAccount(db, 'credentials'),
    await countByAccount(db, 'audit_events'),
  ];
  return rows.map((row) => ({
    ...toAccount(row),
    userCount: users.get(row.id) ?? 0,
    credentialCount: credentials.get(row.id) ?? 0,
    auditRecordCount: auditRecords.get(row.id) ?? 0,
  }));
}

async function countByAccount(
  db: Db,
  table: 'memberships' | 'credentials' | 'audit_events',
): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom(table)
    .select((eb) => ['account_id', eb.fn.countAll().as('count')])
    .groupBy('account_id')
    .execute();
  return new Map(rows.map(({ account_id, count }) => [account_id, Number(count)]));
}

export async function listMembers(db: Db, accountId?: Id<'account'>): Promise<Member[]> {
  let select = db
    .selectFrom('memberships as m')
    .innerJoin('accounts as a', 'a.id', 'm.account_id')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .select(['m.account_id', 'm.user_id', 'm.role', 'a.name as account_name', 'u.name', 'u.created_at_ms'])
    .orderBy('m.account_id')
    .orderBy('m.user_id');
  if (accountId !== undefined) select = select.where('m.account_id', '=', accountId);
  return (await select.execute()).map((row) => {
    const userId = row.user_id as Id<'user'>;
    return {
      accountId: row.account_id as Id<'account'>,
      accountName: row.account_name,
      userId,
      role: row.role,
      user: { id: userId, name: row.name, createdAtMs: row.created_at_ms },
    };
  });
}

export async function listDeletedAccounts(db: Db): Promise<DeletedAccount[]> {
  const rows = await db
    .selectFrom('deleted_accounts')
    .selectAll()
    .orderBy('deleted_at_ms', 'desc')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id as Id<'account'>,
    deletedAtMs: row.deleted_at_ms,
    details: JSON.parse(row.details) as AuditRecord['details'],
  }));
}

export async function findLost(db: Db, credentials: readonly LiveCredential[]): Promise<LostCredential[]> {
  const found = new Map<string, { readonly isSuspended: boolean; readonly acl: string }>();
  for (let start = 0; start < credentials.length; start += lookUpsAtOnce) {
    const ids = credentials.slice(start, start + lookUpsAtOnce).map(({ credentialId }) => credentialId);
    const rows = await db
      .selectFrom('credentials as c')
      .innerJoin('accounts as a', 'a.id', 'c.account_id')
      .select(['c.id', 'c.account_id', 'c.acl', 'a.suspended_at_ms'])
      .where('c.id', 'in', ids)
      .execute();
    for (const { account_id, id, acl, suspended_at_ms } of rows) {
      found.set(keyOf(account_id, id), { isSuspended: suspended_at_ms !== null, acl });
    }
  }
  return credentials.flatMap((credential): LostCredential[] => {
    const row = found.get(keyOf(credential.accountId, credential.credentialId));
    if (!row) return [{ ...credential, reason: 'revoked' }];
    if (row.isSuspended) return [{ ...credential, reason: 'suspended' }];
    return row.acl === JSON.stringify(credential.acl) ? [] : [{ ...credential, reason: 'changed' }];
  });
}

function keyOf(accountId: string, credentialId: string): string {
  return `${accountId}/${credentialId}`;
}

/** Inside a transaction, in the order that the foreign keys allow. */
export async function deleteAccount(db: Db, id: Id<'account'>, record: Tables['deleted_accounts']): Promise<void> {
  const members = await listMembers(db, id);
  await db.deleteFrom('credentials').where('account_id', '=', id).execute();
  await db.deleteFrom('memberships').where('account_id', '=', id).execute();
  for (const { userId } of members) {
    await db
      .deleteFrom('users')
      .where('id', '=', userId)
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('memberships').select('user_id').where('user_id', '=', userId))),
      )
      .execute();
  }
  await db.deleteFrom('audit_events').where('account_id', '=', id).execute();
  await db.deleteFrom('audit_people').where('account_id', '=', id).execute();
  await db.deleteFrom('document_secrets').where('account_id', '=', id).execute();
  // References would keep documents from going in whatever order.
  await db.deleteFrom('document_references').where('account_id', '=', id).execute();
  await db.deleteFrom('accounts').where('id', '=', id).execute();
  await db.insertInto('deleted_accounts').values(record).execute();
}
