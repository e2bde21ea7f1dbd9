import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const memory = '/dev/shm';
const neededBytes = 256 * 1024 * 1024;

/**
 * Where tests keep data that need not outlive them: in memory if there is room, as every commit on a disk waits for it. That
 * commits are on disk when they are acknowledged is tested elsewhere, on disks.
 */
export function quickFolder(): string {
  try {
    accessSync(memory, constants.W_OK);
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize >= neededBytes ? memory : tmpdir();
  } catch {
    return tmpdir();
  }
}
