import type { Clock } from '../../domain/clock.ts';
import { schemaVersion } from '../migrate.ts';
import { refuseOtherVersion } from '../refuse-other-version.ts';
import { type OpenSealer, sealedBeginnings } from '../sealed-values.ts';
import { existingDatabase } from './data-directory.ts';
import { openConnection } from './sqlite-database.ts';
import { toOpenError } from './sqlite-error.ts';
import { SqliteStore } from './sqlite-store.ts';

/**
 * Opens the store for a command of the operator, whether a server runs or not. Takes no lock, so that a server may start
 * meanwhile; makes nothing and migrates nothing. SQLite has the two take turns.
 *
 * @throws {AditError} 9260: there is no data. 9261, 9212: it is of an older or newer version. 9210, 9213, 9214: it cannot
 *   be opened. What `openSealer` throws.
 */
export async function openOperatorStore({
  dataDir,
  clock,
  openSealer,
}: {
  dataDir: string;
  clock: Clock;
  openSealer: OpenSealer;
}): Promise<SqliteStore> {
  const { path, databaseFile } = existingDatabase(dataDir);
  const unlock = (): void => {};
  try {
    const writer = openConnection(databaseFile, { isReadOnly: false });
    try {
      writer.raw.exec('pragma synchronous = full');
      refuseOtherVersion(await schemaVersion(writer.db), path);
      // What is deleted is overwritten: an erased person's key must not be left in the file.
      writer.raw.exec('pragma secure_delete = on');
      const sealer = await openSealer(await sealedBeginnings(writer.db));
      const reader = openConnection(databaseFile, { isReadOnly: true });
      return new SqliteStore({ writer, reader, clock, sealer, directory: { claim: () => false, unlock } });
    } catch (error) {
      writer.raw.close();
      throw error;
    }
  } catch (error) {
    throw toOpenError(error, path);
  }
}
