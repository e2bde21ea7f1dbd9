import { open, rm } from 'node:fs/promises';
import { AditError } from '@adit/contracts';

/**
 * Writes what comes into a new file, mode 0600; it is on disk when this resolves. A file that could not be finished is removed.
 *
 * @throws {AditError} 9203: it is there already, or cannot be written. What `content` throws.
 */
export async function writeNewFile(file: string, content: AsyncIterable<string>): Promise<void> {
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
    throw cannotWrite(file, error);
  });
  try {
    for await (const text of content) await handle.write(text);
    await handle.sync();
  } catch (error) {
    await rm(file, { force: true });
    throw error instanceof Error && 'syscall' in error ? cannotWrite(file, error) : error;
  } finally {
    await handle.close();
  }
}

const reasons: Readonly<Record<string, string>> = {
  EEXIST: 'it is there already',
  ENOENT: 'there is no such folder',
  EACCES: 'permission denied',
  ENOSPC: 'the disk is full',
};

function cannotWrite(file: string, error: unknown): AditError {
  const code = String((error as NodeJS.ErrnoException).code);
  return new AditError(9203, `Cannot write "${file}": ${reasons[code] ?? code}`, { cause: error });
}
