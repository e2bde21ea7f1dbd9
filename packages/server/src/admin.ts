// What the operator's commands may use of the server, apart from running it. Everything else is private.
import type { Id } from '@adit/contracts';
import { systemClock } from './clock/system-clock.ts';
import { countOnline } from './compose/count-online.ts';
import { examine } from './compose/doctor/examine.ts';
import type { Finding, Patient } from './compose/doctor/finding.ts';
import { effectiveOptions } from './config/effective-options.ts';
import { loadServerOptions } from './config/load-options.ts';
import { recordRestore } from './control/operator/record-restore.ts';
import type { Store } from './domain/store.ts';
import { openKeyRing } from './secrets/open-key-ring.ts';
import type { BackupHead } from './store/sqlite/backup/backup-head.ts';
import { restoreBackup } from './store/sqlite/backup/restore-backup.ts';
import { writeBackup } from './store/sqlite/backup/write-backup.ts';
import { existingDatabase } from './store/sqlite/data-directory.ts';
import { openOperatorStore } from './store/sqlite/open-operator-store.ts';
import { type MigrationPlan, planMigration } from './store/sqlite/plan-migration.ts';

export type { Finding } from './compose/doctor/finding.ts';
export { createAccount } from './control/operator/create-account.ts';
export { createKey } from './control/operator/create-key.ts';
export { createUser } from './control/operator/create-user.ts';
export { deleteAccount, planDeletion } from './control/operator/delete-account.ts';
export { suspendAccount } from './control/operator/suspend-account.ts';
export type { Account, CredentialKind } from './domain/entities.ts';
export { type Roles, type UsualRole, usualRoles } from './domain/roles.ts';
export type { AccountSummary, DeletedAccount, Member, Store } from './domain/store.ts';
export type { BackupHead } from './store/sqlite/backup/backup-head.ts';
export type { MigrationPlan } from './store/sqlite/plan-migration.ts';

/** Which server's data a command is about: as `adit server` is told. */
export interface DataPlace {
  readonly dataDir?: string | undefined;
  readonly configFile?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** @throws {AditError} 9200–9202: the configuration. */
async function optionsOf({ dataDir, configFile, env }: DataPlace): Promise<Omit<Patient, 'nowMs'>> {
  const options = await loadServerOptions(dataDir === undefined ? {} : { 'data-dir': dataDir }, configFile);
  return { options, settings: effectiveOptions(options, env) };
}

async function dataDirOf(place: DataPlace): Promise<string> {
  return (await optionsOf(place)).settings.dataDir;
}

/** Runs the task over the store of that place; see `openOperatorStore`. */
export async function withStore<T>(place: DataPlace, task: (store: Store) => Promise<T>): Promise<T> {
  const { dataDir, secretsKeys } = (await optionsOf(place)).settings;
  const openSealer = (sealed: readonly Uint8Array[]) => openKeyRing(secretsKeys, sealed);
  const store = await openOperatorStore({ dataDir, clock: systemClock, openSealer });
  try {
    return await task(store);
  } finally {
    await store.close();
  }
}

/** How many endpoints of the account are online at the server of that place; null: no server answers. */
export async function countEndpointsOnline(place: DataPlace, accountId: Id<'account'>): Promise<number | null> {
  return await countOnline(await dataDirOf(place), accountId, systemClock);
}

/** Backs the data of that place up; see `writeBackup`. */
export async function backUp(place: DataPlace, file: string): Promise<BackupHead> {
  const { databaseFile } = existingDatabase(await dataDirOf(place));
  return await writeBackup(databaseFile, file, { nowMs: systemClock.timeOfDay() });
}

/** Makes the data of that place of a backup; see `restoreBackup`. */
export async function restore(place: DataPlace, file: string): Promise<BackupHead & { dataDir: string }> {
  const dataDir = await dataDirOf(place);
  return { ...(await restoreBackup({ file, dataDir, clock: systemClock, record: recordRestore })), dataDir };
}

/** What the next start would do to the schema of that place; see `planMigration`. */
export async function checkMigration(place: DataPlace): Promise<MigrationPlan> {
  return await planMigration(await dataDirOf(place), { nowMs: systemClock.timeOfDay() });
}

/** Looks at the server of that place; see `examine`. */
export async function examineServer(place: DataPlace): Promise<Finding[]> {
  return await examine({ ...(await optionsOf(place)), nowMs: systemClock.timeOfDay() });
}
