import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MigrationPlan, migrate, schemaVersion } from '../migrate.ts';
import { migrations as known } from '../migrations/index.ts';
import type { Migration } from '../migrations/migration.ts';
import { checkDatabase } from './backup/check-database.ts';
import { copyDatabase } from './copy-database.ts';
import { existingDatabase } from './data-directory.ts';
import { sqliteColumnTypes } from './sqlite-column-types.ts';
import { openConnection } from './sqlite-database.ts';
import { toOpenError } from './sqlite-error.ts';

/**
 * Says what would be migrated, and tries it on a copy of the data; the data itself is only read.
 *
 * @throws {AditError} 9260: there is no data. 9212: it is of a newer version. 9213: it is damaged, or would be afterwards.
 */
export async function planMigration(
  dataDir: string,
  { nowMs, migrations = known }: { nowMs: number; migrations?: readonly Migration[] },
): Promise<MigrationPlan> {
  const { path, databaseFile } = existingDatabase(dataDir);
  const directory = await mkdtemp(join(tmpdir(), 'adit-migrate-'));
  try {
    const copy = join(directory, 'copy.db');
    await copyDatabase(databaseFile, copy);
    const { raw, db } = openConnection(copy, { isReadOnly: false });
    try {
      const version = await schemaVersion(db);
      await migrate(db, { migrations, types: sqliteColumnTypes, nowMs, place: path, mayChange: true });
      checkDatabase(raw);
      const pending = migrations.slice(version).map(({ name }) => name);
      return { schemaVersion: version, knownVersion: migrations.length, pending, isTried: true };
    } finally {
      raw.close();
    }
  } catch (error) {
    throw toOpenError(error, path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
