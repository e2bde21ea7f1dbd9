import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isOutOfFiles } from '../out-of-files.ts';

export interface OpenFile {
  readonly kind: 'file';
  /** For its type. */
  readonly name: string;
  readonly handle: FileHandle;
  readonly size: number;
  readonly modifiedNs: bigint;
}

export type Found = OpenFile | { readonly kind: 'folder' };

/** Of a pipe, opening alone would wait for a writer. Windows knows neither, and no pipes in folders. */
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Opens what is at that place below a folder: a regular file, whose handle is the caller's to close, or a folder. Undefined:
 * nothing that is served. Throws when no more files can be opened. The folder itself may be a symbolic link, nothing below it.
 */
export async function openInFolder(root: string, segments: readonly string[]): Promise<Found | undefined> {
  const path = await placeInFolder(root, segments);
  if (path === undefined) return undefined;
  const before = await lstat(path, { bigint: true }).catch(ignore);
  if (before?.isDirectory()) return { kind: 'folder' };
  // Asked before it is opened: opening a device can do things.
  if (!before?.isFile()) return undefined;
  const handle = await open(path, flags).catch(unlessOutOfFiles);
  if (handle === undefined) return undefined;
  const file = await handle.stat({ bigint: true });
  // Somebody may have put a link on the way since.
  const isThere = file.isFile() && (await isOpenFrom(path, { handle, file, root, segments }));
  if (!isThere) {
    await handle.close();
    return undefined;
  }
  const [size, modifiedNs] = [Number(file.size), file.mtimeNs];
  return { kind: 'file', name: segments.at(-1) ?? '', handle, size, modifiedNs };
}

interface Opened {
  readonly handle: FileHandle;
  readonly file: BigIntStats;
  readonly root: string;
  readonly segments: readonly string[];
}

/**
 * Whether a file was opened from that very place. Linux says where an open file is, whatever comes and goes meanwhile; on
 * other systems what is there now must be the same file, which somebody who swaps fast enough in both moments can feign.
 */
async function isOpenFrom(path: string, { handle, file, root, segments }: Opened): Promise<boolean> {
  const openedFrom = await readlink(`/proc/self/fd/${handle.fd}`).catch(ignore);
  if (openedFrom !== undefined) return openedFrom === path;
  if ((await placeInFolder(root, segments)) !== path) return false;
  const now = await lstat(path, { bigint: true }).catch(ignore);
  return now?.ino === file.ino && now.dev === file.dev;
}

/**
 * Undefined if there is nothing, or a symbolic link is on the way. That it reads back exactly as asked for also keeps out what
 * Windows takes for another spelling (8.3 names, trailing dots, other case, streams of a file).
 */
export async function placeInFolder(root: string, segments: readonly string[]): Promise<string | undefined> {
  const realRoot = await realpath(root).catch(ignore);
  if (realRoot === undefined) return undefined;
  const path = join(realRoot, ...segments);
  return (await realpath(path).catch(ignore)) === path ? path : undefined;
}

/** What cannot be opened is not there, unless that says nothing about it. */
export function unlessOutOfFiles(error: unknown): undefined {
  if (isOutOfFiles(error)) throw error;
}

function ignore(): undefined {
  return undefined;
}
