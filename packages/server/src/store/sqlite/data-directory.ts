import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { AditError } from '@adit/contracts';
import { lockFile } from '../../files/file-lock.ts';
import { toOpenError } from './sqlite-error.ts';

export const databaseName = 'adit.db';
const lockName = 'lock.db';

/** A data directory that only this process uses. */
export interface DataDirectory {
  readonly path: string;
  /** Where the embedded store keeps everything; not made yet. */
  readonly databaseFile: string;
  /** False: another server has the lock, and this one was asked to start beside it. */
  readonly isLocked: boolean;
  /** Tries to get the lock that another server had. Answers whether it is ours. */
  claim(): boolean;
  unlock(): void;
}

/**
 * Makes the directory (0700) when it is missing, and locks it for as long as this process lives or until `unlock`. The
 * operating system drops the lock with the process, also after SIGKILL.
 *
 * @param options.beside Go on without the lock while another server has it, whose place this one is to take.
 * @throws {AditError} 9210: not writable. 9211: another server has it. 9214: the disk is full.
 */
export function openDataDirectory(dataDir: string, options: { beside: boolean }): DataDirectory {
  const path = resolve(dataDir);
  let unlock = makeAndLock(path);
  if (unlock === null && !options.beside) throw inUse(path);
  const claim = (): boolean => {
    unlock ??= lockFile(lockOf(path));
    return unlock !== null;
  };
  return { path, databaseFile: join(path, databaseName), isLocked: unlock !== null, claim, unlock: () => unlock?.() };
}

function makeAndLock(path: string): (() => void) | null {
  try {
    makeDirectory(path);
    return lockFile(lockOf(path));
  } catch (error) {
    throw toOpenError(error, path);
  }
}

function lockOf(path: string): string {
  return join(path, lockName);
}

/**
 * Makes the directory when it is missing, and locks it, for data that comes from elsewhere. Answers the unlock.
 *
 * @param options.mayHave Names of files that do not count.
 * @throws {AditError} 9211: a server runs there. 9219: it is not empty; nothing was changed in it.
 */
export function lockEmptyDirectory(path: string, { mayHave }: { mayHave(name: string): boolean }): () => void {
  makeDirectory(path);
  const names = readdirSync(path);
  const isData = (name: string): boolean => !name.startsWith(lockName) && !mayHave(name);
  // A directory of somebody else's gets no lock file of ours.
  if (!names.includes(lockName) && names.some(isData)) throw notEmpty(path);
  const unlock = lockFile(lockOf(path));
  if (unlock === null) throw inUse(path);
  if (!readdirSync(path).some(isData)) return unlock;
  unlock();
  throw notEmpty(path);
}

function notEmpty(path: string): AditError {
  return new AditError(9219, `Cannot restore into "${path}": it is not empty`);
}

/**
 * Whether a server has the directory now. Where none ever was there is nothing to ask. For a moment the lock is taken: a
 * server that starts in it is refused, so do not ask without need.
 */
export function isInUse(path: string): boolean {
  if (!existsSync(join(path, lockName))) return false;
  const unlock = lockFile(lockOf(path));
  unlock?.();
  return unlock === null;
}

/**
 * The data directory and its database, for those who neither make nor lock it.
 *
 * @throws {AditError} 9260: there is no data.
 */
export function existingDatabase(dataDir: string): Pick<DataDirectory, 'path' | 'databaseFile'> {
  const path = resolve(dataDir);
  const databaseFile = join(path, databaseName);
  if (existsSync(databaseFile)) return { path, databaseFile };
  throw new AditError(
    9260,
    `Cannot open the data directory "${path}": there is no data of a server in it. If it is in PostgreSQL, name the database as for the server`,
  );
}

/** Directory entries are made durable too: after a power cut a database in a directory that is gone is lost as well. */
function makeDirectory(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  // Windows cannot open directories, and needs not.
  if (first === undefined || process.platform === 'win32') return;
  for (let made = path; made.length >= first.length; made = dirname(made)) {
    const parent = openSync(dirname(made), 'r');
    fsyncSync(parent);
    closeSync(parent);
  }
}

function inUse(path: string): AditError {
  return new AditError(
    9211,
    `Cannot open the data directory "${path}": another server uses it. Stop that server, take over from it with --take-over, or choose another --data-dir`,
  );
}
