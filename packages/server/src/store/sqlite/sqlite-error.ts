import { AditError } from '@adit/contracts';

// Primary result codes of SQLite: the low byte of `errcode`.

const busy = 5;
/** CORRUPT, NOTADB. */
const damaged: readonly unknown[] = [11, 26];
/** IOERR, FULL; and Node's word for the second. */
const diskTroubles: readonly unknown[] = [10, 13, 'ENOSPC', 'EIO', 'EDQUOT'];
/** READONLY, CANTOPEN; and what Node reports for paths: rights, read-only mounts, a file in a directory's place. */
const pathTroubles: readonly unknown[] = [
  ...[8, 14],
  ...['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'EISDIR', 'ELOOP', 'ENAMETOOLONG'],
];

/** True if another connection has a lock that is needed. */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error) === busy;
}

/** True if what SQLite reads is not a database, or no whole one. */
export function isDamaged(error: unknown): boolean {
  return damaged.includes(sqliteCode(error));
}

/** True if the disk is full or failing, whoever says so. */
export function isDiskTrouble(error: unknown): boolean {
  return diskTroubles.includes(sqliteCode(error) ?? property(error, 'code'));
}

/**
 * Gives faults of disk and file, met while the store runs, the code that says what to do; everything else passes as it
 * is. The message names no path: strangers may see it.
 */
export function toRuntimeError(error: unknown): unknown {
  const code = sqliteCode(error);
  if (damaged.includes(code)) return new AditError(9213, undefined, { cause: error });
  if (diskTroubles.includes(code) || pathTroubles.includes(code))
    return new AditError(9214, undefined, { cause: error });
  return error;
}

/** The same for faults met while opening: only the operator sees these, so the message says the path and what to do. */
export function toOpenError(error: unknown, path: string): unknown {
  const code = sqliteCode(error) ?? property(error, 'code');
  const attempt = `Cannot open the data directory "${path}"`;
  const other = 'choose another --data-dir';
  if (damaged.includes(code)) {
    return new AditError(9213, `${attempt}: its data is damaged. Restore a backup, or ${other}`, { cause: error });
  }
  if (diskTroubles.includes(code)) {
    return new AditError(9214, `${attempt}: the disk is full or failing. Free some space, or ${other}`, {
      cause: error,
    });
  }
  if (pathTroubles.includes(code)) {
    return new AditError(9210, `${attempt}: it is not writable. Change its owner, or ${other}`, { cause: error });
  }
  return error;
}

function sqliteCode(error: unknown): number | undefined {
  const code = property(error, 'errcode');
  return typeof code === 'number' ? code & 0xff : undefined;
}

function property(error: unknown, name: 'code' | 'errcode'): unknown {
  return error instanceof Error ? (error as Error & Record<typeof name, unknown>)[name] : undefined;
}
