// What people log in with: passwords as hashes, seeds sealed, recovery codes as hashes.
import type { Kysely } from 'kysely';
import type { UserId } from '../domain/entities.ts';
import type { LoginMethods, LoginNames, LoginReader, StoredPassword, StoredTotp } from '../domain/logins.ts';
import type { SealContext, Sealer } from '../domain/sealer.ts';
import type { Tables } from './tables.ts';

type Db = Kysely<Tables>;

export async function findLogin(
  db: Db,
  { user, account }: LoginNames,
): Promise<Awaited<ReturnType<LoginReader['findLogin']>>> {
  const rows = await db
    .selectFrom('users as u')
    .leftJoin('user_passwords as p', 'p.user_id', 'u.id')
    .select(['u.id', 'p.hash', 'p.must_change', 'p.set_at_ms'])
    .where((eb) => eb.or([eb('u.name', '=', user), eb('u.id', '=', user)]))
    // People only: service users are programs. "`" comes right behind "_".
    .where('u.id', '>=', 'usr_')
    .where('u.id', '<', 'usr`')
    .where(({ exists, selectFrom }) => {
      const memberships = selectFrom('memberships as m')
        .innerJoin('accounts as a', 'a.id', 'm.account_id')
        .select('m.user_id')
        .whereRef('m.user_id', '=', 'u.id');
      if (account === undefined) return exists(memberships);
      return exists(memberships.where((eb) => eb.or([eb('a.name', '=', account), eb('a.id', '=', account)])));
    })
    .limit(2)
    .execute();
  const [row] = rows;
  if (!row || rows.length > 1) return undefined;
  return { userId: row.id as UserId, password: toPassword(row) };
}

export async function listLoginMethods(db: Db): Promise<LoginMethods[]> {
  const rows = await db
    .selectFrom('users as u')
    .leftJoin('user_passwords as p', 'p.user_id', 'u.id')
    .leftJoin('user_totps as t', 't.user_id', 'u.id')
    .select(['u.id', 'p.hash', 'p.must_change', 't.confirmed_at_ms'])
    .orderBy('u.id')
    .execute();
  return rows.map(({ id, hash, must_change, confirmed_at_ms }) => ({
    userId: id as UserId,
    hasPassword: hash !== null,
    mustChangePassword: must_change === 1,
    hasSecondFactor: confirmed_at_ms !== null,
  }));
}

export async function findPassword(db: Db, userId: UserId): Promise<StoredPassword | undefined> {
  const row = await db.selectFrom('user_passwords').selectAll().where('user_id', '=', userId).executeTakeFirst();
  return (row && toPassword(row)) ?? undefined;
}

export async function putPassword(
  db: Db,
  userId: UserId,
  { hash, mustChange, setAtMs }: StoredPassword,
): Promise<void> {
  const values = { hash, must_change: mustChange ? 1 : 0, set_at_ms: setAtMs };
  await db
    .insertInto('user_passwords')
    .values({ user_id: userId, ...values })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(values))
    .execute();
}

export async function rehashPassword(db: Db, userId: UserId, hash: string): Promise<void> {
  await db.updateTable('user_passwords').set({ hash }).where('user_id', '=', userId).execute();
}

export async function readTotp(db: Db, userId: UserId, sealer: Sealer): Promise<StoredTotp | undefined> {
  const row = await db.selectFrom('user_totps').selectAll().where('user_id', '=', userId).executeTakeFirst();
  if (!row) return undefined;
  return { seed: sealer.open(row.sealed_seed, totpContext(userId)), confirmedAtMs: row.confirmed_at_ms };
}

export async function putTotp(
  db: Db,
  userId: UserId,
  { seed, sealer }: { seed: Uint8Array; sealer: Sealer },
): Promise<void> {
  const values = { sealed_seed: sealer.seal(seed, totpContext(userId)), confirmed_at_ms: null, last_step: null };
  await db
    .insertInto('user_totps')
    .values({ user_id: userId, ...values })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(values))
    .execute();
}

export async function confirmTotp(db: Db, userId: UserId, nowMs: number): Promise<void> {
  await db.updateTable('user_totps').set({ confirmed_at_ms: nowMs }).where('user_id', '=', userId).execute();
}

export async function takeTotpStep(db: Db, userId: UserId, step: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('user_totps')
    .set({ last_step: step })
    .where('user_id', '=', userId)
    .where((eb) => eb.or([eb('last_step', 'is', null), eb('last_step', '<', step)]))
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

export async function putRecoveryCodes(db: Db, userId: UserId, hashes: readonly Uint8Array[]): Promise<void> {
  await db.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  const rows = hashes.map((hash) => ({ user_id: userId, code_hash: hash }));
  await db.insertInto('recovery_codes').values(rows).execute();
}

export async function takeRecoveryCode(db: Db, userId: UserId, hash: Uint8Array): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where('code_hash', '=', hash)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

export async function deleteSecondFactor(db: Db, userId: UserId): Promise<boolean> {
  const codes = await db.deleteFrom('recovery_codes').where('user_id', '=', userId).executeTakeFirstOrThrow();
  const totps = await db.deleteFrom('user_totps').where('user_id', '=', userId).executeTakeFirstOrThrow();
  return codes.numDeletedRows + totps.numDeletedRows > 0n;
}

/** What the seed of a user's TOTP is sealed for. */
export function totpContext(userId: string): SealContext {
  return ['TOTP seed of a user', userId];
}

function toPassword(row: {
  hash: string | null;
  must_change: number | null;
  set_at_ms: number | null;
}): StoredPassword | null {
  const { hash, must_change: mustChange, set_at_ms: setAtMs } = row;
  return hash === null || setAtMs === null ? null : { hash, mustChange: mustChange === 1, setAtMs };
}
