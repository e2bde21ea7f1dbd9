import { resolve } from 'node:path';
import { AditError } from '@adit/contracts';
import type { Clock } from '../../domain/clock.ts';
import { makePrivateFile } from '../../files/file-lock.ts';
import { migrations } from '../migrations/index.ts';
import { type OpenSealer, sealedBeginnings } from '../sealed-values.ts';
import { type DataDirectory, openDataDirectory } from './data-directory.ts';
import { prepareSchema } from './prepare-schema.ts';
import { openConnection } from './sqlite-database.ts';
import { toOpenError } from './sqlite-error.ts';
import { defaultSqliteLimits } from './sqlite-limits.ts';
import { SqliteStore } from './sqlite-store.ts';

/**
 * Opens the embedded store, making directory, file and schema as needed. The directory is this process's alone until
 * `close`, or until the process ends in whatever way. A torn end of the write-ahead log, as a power cut leaves it, is
 * dropped up to the last whole commit.
 *
 * @param options.openSealer Called once the data is open; what it throws is passed on.
 * @param options.beside Start while another server has the directory, whose place this one takes: see `SqliteStore.claimDirectory`.
 * @throws {AditError} 9210: not writable. 9211: another server uses it. 9212: a newer version wrote it. 9213: the data
 *   is damaged. 9214: the disk is full. 9215: beside another server, whose schema is older. Each message names the path and what to do.
 */
export async function openSqliteStore(options: {
  dataDir: string;
  clock: Clock;
  openSealer: OpenSealer;
  beside?: boolean;
}): Promise<SqliteStore> {
  const path = resolve(options.dataDir);
  const directory = openDataDirectory(path, { beside: options.beside ?? false });
  try {
    return await open(directory, options);
  } catch (error) {
    directory.unlock();
    throw toOpenError(error, path);
  }
}

async function open(
  directory: DataDirectory,
  { clock, openSealer }: { clock: Clock; openSealer: OpenSealer },
): Promise<SqliteStore> {
  makePrivateFile(directory.databaseFile);
  const writer = openConnection(directory.databaseFile, { isReadOnly: false });
  try {
    const { journal_mode } = writer.raw.prepare('pragma journal_mode = wal').get() ?? {};
    if (journal_mode !== 'wal') {
      throw new AditError(
        9210,
        `Cannot open the data directory "${directory.path}": its file system has no shared memory. Choose one on a local disk`,
      );
    }
    writer.raw.exec('pragma synchronous = full');
    // What is deleted is overwritten: an erased person's key must not be left in the file.
    writer.raw.exec('pragma secure_delete = on');
    await prepareSchema(writer, { directory, migrations, nowMs: clock.timeOfDay() });
    // From here on there are visitors who must not wait for others that write.
    writer.raw.exec(`pragma busy_timeout = ${defaultSqliteLimits.lockTryMs}`);
    const sealer = await openSealer(await sealedBeginnings(writer.db));
    const reader = openConnection(directory.databaseFile, { isReadOnly: true });
    return new SqliteStore({ writer, reader, clock, sealer, directory });
  } catch (error) {
    writer.raw.close();
    throw error;
  }
}
