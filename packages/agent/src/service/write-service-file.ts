import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { AditError } from '@adit/contracts';

/** @throws {AditError} 9203: not writable. */
export async function writeServiceFile(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes, { mode: 0o644 });
  } catch (cause) {
    const why = getSystemErrorMessage((cause as NodeJS.ErrnoException).errno ?? 0);
    throw new AditError(9203, `Cannot write the service "${file}": ${why}`, { cause });
  }
}
