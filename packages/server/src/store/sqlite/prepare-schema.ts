import { migrate, schemaVersion } from '../migrate.ts';
import type { Migration } from '../migrations/migration.ts';
import { backUpBeforeMigration } from './backup/automatic-backups.ts';
import type { DataDirectory } from './data-directory.ts';
import { sqliteColumnTypes } from './sqlite-column-types.ts';
import type { SqliteConnection } from './sqlite-database.ts';

/**
 * Brings the schema to the last migration. Data that is there already is backed up first; without a backup nothing is
 * migrated.
 *
 * @throws {AditError} As `migrate`. 9203: the backup cannot be written.
 */
export async function prepareSchema(
  { db }: SqliteConnection,
  {
    directory,
    migrations,
    nowMs,
  }: {
    directory: Pick<DataDirectory, 'path' | 'databaseFile' | 'isLocked'>;
    migrations: readonly Migration[];
    nowMs: number;
  },
): Promise<void> {
  const mayChange = directory.isLocked;
  const version = await schemaVersion(db);
  if (mayChange && version > 0 && version < migrations.length) {
    await backUpBeforeMigration(directory, { version, nowMs });
  }
  await migrate(db, { migrations, types: sqliteColumnTypes, nowMs, place: directory.path, mayChange });
}
