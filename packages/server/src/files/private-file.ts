// files: small files on disk that must be whole and private. Whoever knows what is in them (tls/, data-dir/) calls this;
// the database is store/.
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AditError } from '@adit/contracts';

const onlyOwnerDirectory = 0o700;

/**
 * Writes a file so that after a crash there is the old one or the new one, whole.
 *
 * @param mode Permission bits, e.g. 0o600.
 * @throws {AditError} 9210: the directory is not writable.
 */
export async function writeFileAtomic(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeDurably(temporary, content, mode);
    await rename(temporary, file);
    await syncDirectory(dirname(file));
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new AditError(9210, `Cannot write "${file}": ${systemReason(cause)}`, { cause });
  }
}

/** The file's bytes; undefined if there is none. Other failures are thrown as they are. */
export async function readIfPresent(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/**
 * Makes the directory, or takes the rights of others away from it.
 *
 * @throws {AditError} 9210: it cannot be made, or belongs to somebody else.
 */
export async function makePrivateDirectory(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: onlyOwnerDirectory });
    await closeToOthers(dir, onlyOwnerDirectory);
  } catch (cause) {
    throw new AditError(9210, `Cannot make "${dir}": ${systemReason(cause)}`, { cause });
  }
}

/** Takes the rights of group and others away. Answers whether they had any. */
export async function closeToOthers(path: string, mode: number): Promise<boolean> {
  const isOpen = ((await stat(path)).mode & 0o077) !== 0;
  if (isOpen) await chmod(path, mode);
  return isOpen;
}

async function writeDurably(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  const handle = await open(file, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes durable which names the directory has. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Text for people of what the system said. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return 'unknown error';
  switch (error.code) {
    case 'ENOENT':
      return 'it does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
      return 'the disk is full';
    default:
      return String(error.code);
  }
}
