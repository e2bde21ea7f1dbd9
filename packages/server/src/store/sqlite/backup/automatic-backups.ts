import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateDirectory } from '../../../files/private-file.ts';
import type { DataDirectory } from '../data-directory.ts';
import { writeBackup } from './write-backup.ts';

const kept = 3;
const name = /^schema-(\d+)\.adit-backup$/;
/** What a process that was killed left. */
const leftover = /\.adit-backup\.[0-9a-f]{12}\.(?:copy|tmp)(?:-journal)?$/;

/**
 * Keeps the data as it is before its schema changes, one file for each version it had: however often a start fails, none of
 * another version is lost for it. The newest three versions are kept.
 *
 * @throws {AditError} 9203, 9210: it cannot be written. 9213: the data is damaged.
 */
export async function backUpBeforeMigration(
  { path, databaseFile }: Pick<DataDirectory, 'path' | 'databaseFile'>,
  { version, nowMs }: { version: number; nowMs: number },
): Promise<void> {
  const directory = join(path, 'backups');
  await makePrivateDirectory(directory);
  for (const left of (await readdir(directory)).filter((file) => leftover.test(file))) await rm(join(directory, left));
  await writeBackup(databaseFile, join(directory, `schema-${version}.adit-backup`), { nowMs, replace: true });
  const versions = (await readdir(directory))
    .map((file) => Number(name.exec(file)?.[1] ?? Number.NaN))
    .filter((number) => !Number.isNaN(number))
    .sort((a, b) => b - a);
  for (const old of versions.slice(kept)) await rm(join(directory, `schema-${old}.adit-backup`));
}
