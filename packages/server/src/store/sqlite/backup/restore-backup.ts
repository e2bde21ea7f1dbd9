import { readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AditError } from '@adit/contracts';
import type { Clock } from '../../../domain/clock.ts';
import type { Store } from '../../../domain/store.ts';
import { syncDirectory } from '../../../files/private-file.ts';
import { migrate } from '../../migrate.ts';
import { migrations } from '../../migrations/index.ts';
import { databaseName, lockEmptyDirectory } from '../data-directory.ts';
import { sqliteColumnTypes } from '../sqlite-column-types.ts';
import { openConnection } from '../sqlite-database.ts';
import { toOpenError } from '../sqlite-error.ts';
import { SqliteStore } from '../sqlite-store.ts';
import type { BackupHead } from './backup-head.ts';
import { checkDatabase } from './check-database.ts';
import { noSealer } from './no-sealer.ts';
import { unpackBackup } from './unpack-backup.ts';

const unfinished = 'restoring.db';

export interface RestoreOptions {
  readonly file: string;
  readonly dataDir: string;
  readonly clock: Clock;
  /** Writes down in the restored data that it was restored. */
  record(store: Store, head: BackupHead): Promise<void>;
}

/**
 * Makes a data directory of a backup, with the schema of this program. All is done in a file of another name, which then
 * becomes the database: a restore that is interrupted leaves nothing that a server would take for one, and can be repeated.
 *
 * @throws {AditError} 9211: a server runs there. 9219: the directory is not empty. 9202, 9218: the backup cannot be read, or
 *   is not whole. 9212: a newer version made it. 9210, 9214: the directory cannot be written.
 */
export async function restoreBackup(options: RestoreOptions): Promise<BackupHead> {
  const path = resolve(options.dataDir);
  try {
    const unlock = lockEmptyDirectory(path, { mayHave: isUnfinished });
    try {
      return await restoreInto(path, options);
    } finally {
      unlock();
    }
  } catch (error) {
    throw toOpenError(error, path);
  }
}

async function restoreInto(path: string, { file, clock, record }: RestoreOptions): Promise<BackupHead> {
  const target = join(path, unfinished);
  try {
    await removeUnfinished(path);
    const head = await unpackBackup(file, target, { mayUse: (it) => refuseNewer(it, file) });
    await bringUpToDate(target, { clock, record: (store) => record(store, head) });
    await rename(target, join(path, databaseName));
    await syncDirectory(path);
    return head;
  } catch (error) {
    await removeUnfinished(path);
    throw error;
  }
}

/** Closed again, all of it is in the one file. */
async function bringUpToDate(
  target: string,
  { clock, record }: { clock: Clock; record(store: Store): Promise<void> },
): Promise<void> {
  const writer = openConnection(target, { isReadOnly: false });
  const reader = openConnection(target, { isReadOnly: true });
  const directory = { claim: () => true, unlock: () => undefined };
  const store = new SqliteStore({ writer, reader, clock, sealer: noSealer, directory });
  try {
    writer.raw.exec('pragma synchronous = full');
    checkDatabase(writer.raw);
    const nowMs = clock.timeOfDay();
    await migrate(writer.db, { migrations, types: sqliteColumnTypes, nowMs, place: target, mayChange: true });
    await record(store);
  } finally {
    await store.close();
  }
}

function refuseNewer({ schemaVersion, aditVersion }: BackupHead, file: string): void {
  if (schemaVersion <= migrations.length) return;
  throw new AditError(
    9212,
    `Cannot restore "${file}": its schema has version ${schemaVersion}, this program knows ${migrations.length}. Restore it with Adit ${aditVersion} or a newer one`,
  );
}

function isUnfinished(name: string): boolean {
  return name.startsWith(unfinished);
}

async function removeUnfinished(path: string): Promise<void> {
  for (const left of (await readdir(path)).filter(isUnfinished)) await rm(join(path, left));
}
