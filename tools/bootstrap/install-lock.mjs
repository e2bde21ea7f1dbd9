// One installation at a time in one clone. The lock is a directory that holds one empty file named after the process
// that holds it. Every step is one atomic file operation, so two processes that find a dead holder cannot both win:
// removing the dead holder's file works for one of them, and a directory can be renamed onto another only while that
// one is empty.
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 200;

/**
 * Waits for the lock and takes it.
 * @param {string} path of the lock directory; its parent is created
 * @param {{ onWait(holder: number): void }} options `onWait` is called once, when somebody else holds it
 * @returns {Promise<() => void>} gives the lock back
 */
export async function lock(path, { onWait }) {
  let told = false;
  for (;;) {
    const holder = tryLock(path, { pid: process.pid, isAlive });
    if (holder === process.pid) return () => unlock(path, process.pid);
    if (holder !== null && !told) {
      told = true;
      onWait(holder);
    }
    await sleep(pollMs);
  }
}

/**
 * One attempt. Returns the process id of the holder: the caller's own when it has the lock now, another live
 * process's, or null when the lock changed hands at that moment (a dead holder was removed): try again.
 * @param {string} path
 * @param {{ pid: number, isAlive(pid: number): boolean }} options
 */
export function tryLock(path, { pid, isAlive }) {
  const own = `${path}.${pid}`;
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, String(pid)), '');
  ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST'], () => rmdirSync(path)); // Windows cannot rename onto an empty directory.
  try {
    renameSync(own, path);
    return pid;
  } catch (error) {
    rmSync(own, { recursive: true });
    if (!isOneOf(error, process.platform === 'win32' ? ['EPERM', 'EACCES'] : ['ENOTEMPTY', 'EEXIST'])) throw error;
  }
  const holder = holderOf(path);
  if (holder === null || isAlive(holder)) return holder;
  ignoring(['ENOENT'], () => unlinkSync(join(path, String(holder))));
  return null;
}

/**
 * @param {string} path
 * @param {number} pid the holder's
 */
export function unlock(path, pid) {
  ignoring(['ENOENT'], () => unlinkSync(join(path, String(pid))));
  ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST'], () => rmdirSync(path));
}

/**
 * @param {string} path
 * @returns {number | null}
 */
function holderOf(path) {
  try {
    const [name] = readdirSync(path);
    return name === undefined ? null : Number(name);
  } catch (error) {
    if (isOneOf(error, ['ENOENT'])) return null;
    throw error;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isOneOf(error, ['ESRCH']); // EPERM: alive, and somebody else's.
  }
}

/**
 * @param {string[]} codes
 * @param {() => void} attempt
 */
function ignoring(codes, attempt) {
  try {
    attempt();
  } catch (error) {
    if (!isOneOf(error, codes)) throw error;
  }
}

/**
 * @param {unknown} error
 * @param {string[]} codes
 */
function isOneOf(error, codes) {
  return codes.includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? '');
}
