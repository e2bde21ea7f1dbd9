import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AditError } from '@adit/contracts';
import packageJson from '../../../../package.json' with { type: 'json' };
import { syncDirectory, systemReason } from '../../../files/private-file.ts';
import { copyDatabase } from '../copy-database.ts';
import { openConnection } from '../sqlite-database.ts';
import { isDamaged, isDiskTrouble } from '../sqlite-error.ts';
import { type BackupHead, writeHead } from './backup-head.ts';
import { checkDatabase, versionAndAccounts } from './check-database.ts';

export interface BackupChoices {
  readonly nowMs: number;
  /** Take the place of a file of that name. Default: refuse. */
  readonly replace?: boolean;
}

/**
 * Backs a database up into one file, mode 0600, while others read and write it: one moment of it, checked, and in its place
 * only when it is whole and on disk.
 *
 * @throws {AditError} 9203: the file cannot be written, or is there. 9213: the database is damaged.
 */
export async function writeBackup(
  databaseFile: string,
  target: string,
  { nowMs, replace = false }: BackupChoices,
): Promise<BackupHead> {
  const file = resolve(target);
  const [copy, temporary] = ['copy', 'tmp'].map((end) => `${file}.${randomBytes(6).toString('hex')}.${end}`) as [
    string,
    string,
  ];
  try {
    if (!replace && (await exists(file))) throw new AditError(9203, `Cannot write "${file}": it is there already`);
    await copyDatabase(databaseFile, copy);
    const head = await writeWithHead(copy, { temporary, madeAt: new Date(nowMs).toISOString() });
    await rename(temporary, file);
    await syncDirectory(dirname(file));
    return head;
  } catch (error) {
    throw toBackupError(error, file);
  } finally {
    for (const left of [copy, temporary]) await rm(left, { force: true });
  }
}

async function writeWithHead(
  copy: string,
  { temporary, madeAt }: { temporary: string; madeAt: string },
): Promise<BackupHead> {
  const { raw, db } = openConnection(copy, { isReadOnly: true });
  let facts: Awaited<ReturnType<typeof versionAndAccounts>>;
  try {
    checkDatabase(raw);
    facts = await versionAndAccounts(db);
  } finally {
    raw.close();
  }
  const { size: bytes } = await stat(copy);
  const head = { madeAt, aditVersion: packageJson.version, ...facts, bytes, sha256: await hashOf(copy) };
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(writeHead(head));
    await appendFile(copy, handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { format: 'adit-backup/1', ...head };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function appendFile(from: string, to: FileHandle): Promise<void> {
  for await (const bytes of createReadStream(from)) await to.writeFile(bytes as Buffer);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function toBackupError(error: unknown, file: string): unknown {
  if (error instanceof AditError) return error;
  const options = { cause: error };
  if (isDamaged(error)) return new AditError(9213, 'Cannot back up: the data is damaged. Restore a backup', options);
  if (isDiskTrouble(error)) return new AditError(9203, `Cannot write "${file}": the disk is full or failing`, options);
  if (!(error instanceof Error && 'syscall' in error)) return error;
  return new AditError(9203, `Cannot write "${file}": ${systemReason(error)}`, options);
}
