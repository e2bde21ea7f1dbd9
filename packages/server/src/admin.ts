// What the operator's commands may use of the server, apart from running it. Everything else is private.
import { AditError, type Id } from '@adit/contracts';
import { keepProcess } from './clock/keep-process.ts';
import { systemClock } from './clock/system-clock.ts';
import { countOnline } from './compose/count-online.ts';
import { examine } from './compose/doctor/examine.ts';
import type { Finding, Patient } from './compose/doctor/finding.ts';
import { openOperatorsStore } from './compose/open-operators-store.ts';
import { type RotateOptions, type Rotation, rotateSecretsKey } from './compose/rotate-secrets-key.ts';
import { effectiveOptions } from './config/effective-options.ts';
import { loadDatabaseAddress } from './config/load-database.ts';
import { loadServerOptions, type RawOptions } from './config/load-options.ts';
import { recordRestore } from './control/operator/record-restore.ts';
import type { DatabaseAddress } from './domain/database-address.ts';
import type { Store } from './domain/store.ts';
import type { KeyRing } from './secrets/key-ring.ts';
import { openKeyRing } from './secrets/open-key-ring.ts';
import type { MigrationPlan } from './store/migrate.ts';
import { inspectDatabase } from './store/postgres/inspect-database.ts';
import type { SqlStore } from './store/sql-store.ts';
import type { BackupHead } from './store/sqlite/backup/backup-head.ts';
import { restoreBackup } from './store/sqlite/backup/restore-backup.ts';
import { writeBackup } from './store/sqlite/backup/write-backup.ts';
import { existingDatabase } from './store/sqlite/data-directory.ts';
import { planMigration } from './store/sqlite/plan-migration.ts';

export type { Finding } from './compose/doctor/finding.ts';
export type { Rotation } from './compose/rotate-secrets-key.ts';
export { createAccount } from './control/operator/create-account.ts';
export { createKey } from './control/operator/create-key.ts';
export { createUser } from './control/operator/create-user.ts';
export { deleteAccount, planDeletion } from './control/operator/delete-account.ts';
export { eraseUser, planErasure } from './control/operator/erase-user.ts';
export { oneAccount } from './control/operator/find-one.ts';
export { resetMfa, resetPassword } from './control/operator/reset-login.ts';
export { suspendAccount } from './control/operator/suspend-account.ts';
export { type ExportHeader, exportAudit, parseHeader } from './domain/audit-export.ts';
export type { Account, CredentialKind } from './domain/entities.ts';
export type { LoginMethods } from './domain/logins.ts';
export { type Roles, type UsualRole, usualRoles } from './domain/roles.ts';
export type { AccountSummary, DeletedAccount, Member, Store } from './domain/store.ts';
export type { MigrationPlan } from './store/migrate.ts';
export type { BackupHead } from './store/sqlite/backup/backup-head.ts';

export type { Id };

/** Which server's data a command is about: as `adit server` is told. */
export interface DataPlace {
  /** Options of the server, by name. */
  readonly flags: RawOptions;
  readonly configFile: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** @throws {AditError} 9200–9202: the configuration. */
async function lookUp({ flags, configFile, env }: DataPlace): Promise<Omit<Patient, 'nowMs'>> {
  const options = await loadServerOptions(flags, configFile);
  return { options, settings: effectiveOptions(options, env), database: await loadDatabaseAddress(options, env) };
}

/** Runs the task over the store of that place; see `openOperatorsStore`. */
export function withStore<T>(place: DataPlace, task: (store: Store) => Promise<T>): Promise<T> {
  return withOpened(place, ({ store }) => task(store));
}

/** Has all secrets of that place encrypted with a new key; see `rotateSecretsKey`. */
export function rotateKey(
  place: DataPlace,
  choices: Pick<RotateOptions, 'keepOlderKeys' | 'onMoved'>,
): Promise<Rotation> {
  return withOpened(place, (opened) => rotateSecretsKey({ ...opened, ...choices, clock: systemClock }));
}

type Opened = Pick<RotateOptions, 'ring' | 'sealed'> & { readonly store: SqlStore };

async function withOpened<T>(place: DataPlace, task: (opened: Opened) => Promise<T>): Promise<T> {
  const { settings, database } = await lookUp(place);
  let keys: Omit<Opened, 'store'> | undefined;
  const openSealer = async (sealed: readonly Uint8Array[]): Promise<KeyRing> => {
    keys = { sealed, ring: await openKeyRing(settings.secretsKeys, sealed) };
    return keys.ring;
  };
  // What the store waits for may be a timer, which keeps no process.
  const letProcessGo = keepProcess();
  try {
    const store = await openOperatorsStore({ database, dataDir: settings.dataDir, clock: systemClock, openSealer });
    try {
      if (!keys) throw new TypeError('Cannot use the store: it was opened without its keys');
      return await task({ store, ...keys });
    } finally {
      await store.close();
    }
  } finally {
    letProcessGo();
  }
}

/** How many endpoints of the account are online at the server of that place; null: no server answers. */
export async function countEndpointsOnline(place: DataPlace, accountId: Id<'account'>): Promise<number | null> {
  return await countOnline((await lookUp(place)).settings.dataDir, accountId, systemClock);
}

/** Backs the data of that place up; see `writeBackup`. Throws 9263 on PostgreSQL. */
export async function backUp(place: DataPlace, file: string): Promise<BackupHead> {
  const { settings, database } = await lookUp(place);
  if (database !== null) throw notOurs(database, { attempt: 'back up', todo: 'Use pg_dump, and copy' });
  const { databaseFile } = existingDatabase(settings.dataDir);
  return await writeBackup(databaseFile, file, { nowMs: systemClock.timeOfDay() });
}

/** Makes the data of that place of a backup; see `restoreBackup`. Throws 9263 on PostgreSQL. */
export async function restore(place: DataPlace, file: string): Promise<BackupHead & { dataDir: string }> {
  const { settings, database } = await lookUp(place);
  if (database !== null) throw notOurs(database, { attempt: 'restore', todo: 'Use pg_restore, and put back' });
  const { dataDir } = settings;
  return { ...(await restoreBackup({ file, dataDir, clock: systemClock, record: recordRestore })), dataDir };
}

function notOurs({ database, host, port }: DatabaseAddress, { attempt, todo }: { attempt: string; todo: string }) {
  const keys = 'secrets.key, signing.key, tls/ and ports.json of the data directory';
  const why = `it is PostgreSQL's. ${todo} ${keys}`;
  return new AditError(9263, `Cannot ${attempt} the database "${database}" on "${host}:${port}": ${why}`);
}

/** What the next start would do to the schema of that place; see `planMigration` and `inspectDatabase`. */
export async function checkMigration(place: DataPlace): Promise<MigrationPlan> {
  const { settings, database } = await lookUp(place);
  if (database !== null) return await inspectDatabase(database);
  return await planMigration(settings.dataDir, { nowMs: systemClock.timeOfDay() });
}

/** Looks at the server of that place; see `examine`. */
export async function examineServer(place: DataPlace): Promise<Finding[]> {
  return await examine({ ...(await lookUp(place)), nowMs: systemClock.timeOfDay() });
}
