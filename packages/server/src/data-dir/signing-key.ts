// data-dir: the small files beside the database: keys, remembered ports, where the running server listens. The database is
// in store/, certificates are in tls/.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AditError } from '@adit/contracts';
import { closeToOthers, readIfPresent, systemReason, writeFileAtomic } from '../files/private-file.ts';

const keyBytes = 32;

/**
 * The key that signs session cookies and bind tokens; made at the first start. It outlives restarts so that agents get
 * their names back; deleting the file makes every agent ask for its name anew.
 *
 * @throws {AditError} 9213: the file is there but is not such a key. 9210: it cannot be read.
 */
export async function loadSigningKey(dataDir: string): Promise<Uint8Array> {
  const file = join(dataDir, 'signing.key');
  const stored = await readKey(file);
  if (stored?.length === keyBytes) return stored;
  if (stored) throw new AditError(9213, `Cannot use "${file}": it is not a signing key; delete it to make a new one`);
  const key = randomBytes(keyBytes);
  await writeFileAtomic(file, key, 0o600);
  return key;
}

/** A file that came back from a backup may be open to others. */
async function readKey(file: string): Promise<Buffer | undefined> {
  try {
    const stored = await readIfPresent(file);
    if (stored) await closeToOthers(file, 0o600);
    return stored;
  } catch (cause) {
    throw new AditError(9210, `Cannot read "${file}": ${systemReason(cause)}`, { cause });
  }
}
