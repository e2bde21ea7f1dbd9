import { readFileSync } from 'node:fs';
import { AditError } from '@adit/contracts';
import { lockFile } from '../files/file-lock.ts';
import { closeToOthers, readIfPresent, systemReason, writeFileAtomic } from '../files/private-file.ts';
import { formatKeyFile, type Keys, parseKeyFile } from './key-text.ts';

/**
 * The keys of the file; undefined if there is none. Takes the rights of others away, which a copy may have given them.
 *
 * @throws {AditError} 9242: it is no such file, or cannot be read.
 */
export async function readKeyFile(file: string): Promise<Keys | undefined> {
  const bytes = await readIfPresent(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  if (bytes === undefined) return undefined;
  await makePrivate(file);
  return parseKeyFile(bytes.toString(), file);
}

/** The text of the file at once, for where nobody can wait; undefined: it cannot be read. */
export function readKeyTextNow(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Writes what `change` makes of the keys that are there now. One at a time, over all processes: of two changes neither is
 * lost, one is refused.
 *
 * @throws {AditError} 9243: another is changing it now. 9210: it cannot be written. 9242: what is there is no such file.
 */
export async function changeKeyFile(file: string, change: (keys: Keys | undefined) => Keys): Promise<Keys> {
  const unlock = lock(file, { name: `${file}.lock` });
  try {
    const keys = change(await readKeyFile(file));
    await writeFileAtomic(file, formatKeyFile(keys), 0o600);
    return keys;
  } finally {
    unlock();
  }
}

/** Has nobody else rotate the keys of the file, which is more than one change, until the answer is called. Throws as that does. */
export function lockRotation(file: string): () => void {
  return lock(file, { name: `${file}.rotation.lock` });
}

function lock(file: string, { name }: { name: string }): () => void {
  const unlock = locking(name);
  if (unlock) return unlock;
  throw new AditError(
    9243,
    `Cannot change the secrets keys of "${file}": another process is doing that now; try again`,
  );
}

function locking(name: string): (() => void) | null {
  try {
    return lockFile(name);
  } catch (cause) {
    throw new AditError(9210, `Cannot write "${name}": ${systemReason(cause)}`, { cause });
  }
}

async function makePrivate(file: string): Promise<void> {
  try {
    await closeToOthers(file, 0o600);
  } catch (cause) {
    const what = 'others may read it, and it belongs to somebody else';
    throw new AditError(9242, `Cannot use the secrets keys of "${file}": ${what}`, { cause });
  }
}

function unreadable(file: string, cause: unknown): AditError {
  return new AditError(9242, `Cannot read the secrets keys of "${file}": ${systemReason(cause)}`, { cause });
}
