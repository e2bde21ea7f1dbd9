import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** SQLite's result code for "another connection has the lock". */
const busy = 5;

/**
 * Locks a file of its own, which holds nothing, until the answer is called or this process ends in whatever way. Null: another
 * process has it, or another part of this one. The lock is SQLite's: Node has none. Faults of the disk are thrown as they are.
 */
export function lockFile(file: string): (() => void) | null {
  makePrivateFile(file);
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('pragma locking_mode = exclusive; begin exclusive');
  } catch (error) {
    database.close();
    if (isBusy(error)) return null;
    throw error;
  }
  return () => database.close();
}

/**
 * Makes an empty file for its owner only. One that is there already is not opened: POSIX drops all locks of this process on a
 * file when it closes any descriptor of it.
 */
export function makePrivateFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    chmodSync(file, 0o600);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === busy;
}
