// What the operator asks about accounts and their people, and what a server asks about the credentials it serves.
import type { Id } from '@adit/contracts';
import type { Kysely } from 'kysely';
import type { Account } from '../domain/entities.ts';
import { mayWrite } from '../domain/roles.ts';
import type { AccountSummary, AuditRecord, DeletedAccount, LiveCredential, LostCredential } from '../domain/store.ts';
import { deleteIfNowhere, listMembers, roleColumns, toRoles } from './member-queries.ts';
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
  const found = new Map<
    string,
    { readonly state: 'suspended' | 'disabled' | 'good'; readonly acl: string; readonly isWriters: boolean }
  >();
  for (let start = 0; start < credentials.length; start += lookUpsAtOnce) {
    const ids = credentials.slice(start, start + lookUpsAtOnce).map(({ credentialId }) => credentialId);
    const rows = await db
      .selectFrom('credentials as c')
      .innerJoin('accounts as a', 'a.id', 'c.account_id')
      .innerJoin('memberships as m', (join) =>
        join.onRef('m.account_id', '=', 'c.account_id').onRef('m.user_id', '=', 'c.owner_id'),
      )
      .select(['c.id', 'c.account_id', 'c.acl', 'a.suspended_at_ms', 'm.disabled_at_ms', ...roleColumns])
      .where('c.id', 'in', ids)
      .execute();
    for (const { account_id, id, acl, suspended_at_ms, disabled_at_ms, ...roles } of rows) {
      const state = suspended_at_ms !== null ? 'suspended' : disabled_at_ms !== null ? 'disabled' : 'good';
      found.set(keyOf(account_id, id), { state, acl, isWriters: mayWrite(toRoles(roles)) });
    }
  }
  return credentials.flatMap((credential): LostCredential[] => {
    const row = found.get(keyOf(credential.accountId, credential.credentialId));
    if (!row) return [{ ...credential, reason: 'revoked' }];
    if (row.state !== 'good') return [{ ...credential, reason: row.state }];
    const isSame = row.acl === JSON.stringify(credential.acl) && row.isWriters === credential.isWriters;
    return isSame ? [] : [{ ...credential, reason: 'changed' }];
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
  for (const { userId } of members) await deleteIfNowhere(db, userId);
  await db.deleteFrom('audit_events').where('account_id', '=', id).execute();
  await db.deleteFrom('audit_people').where('account_id', '=', id).execute();
  await db.deleteFrom('document_secrets').where('account_id', '=', id).execute();
  // References would keep documents from going in whatever order.
  await db.deleteFrom('document_references').where('account_id', '=', id).execute();
  await db.deleteFrom('accounts').where('id', '=', id).execute();
  await db.insertInto('deleted_accounts').values(record).execute();
}
