import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { AditError } from '@adit/contracts';
import { systemReason } from '../../../files/private-file.ts';
import { type BackupHead, maxHeadBytes, notABackup, parseHead } from './backup-head.ts';

/**
 * Writes the database of a backup into a new file, mode 0600, on disk when this resolves. The backup is read once and in
 * order, so it may come through a pipe.
 *
 * @param options.mayUse Told the head first, and refuses by throwing.
 * @throws {AditError} 9202: the backup cannot be read. 9218: it is none, or not whole. 9212: of a later format.
 */
export async function unpackBackup(
  file: string,
  target: string,
  { mayUse }: { mayUse(head: BackupHead): void },
): Promise<BackupHead> {
  const handle = await open(target, 'wx', 0o600);
  try {
    const { head, bytes, sha256 } = await copyBody(file, handle, mayUse);
    if (bytes !== head.bytes || sha256 !== head.sha256) {
      throw new AditError(9218, `Cannot restore "${file}": it is damaged or not whole`);
    }
    await handle.sync();
    return head;
  } finally {
    await handle.close();
  }
}

async function copyBody(file: string, to: FileHandle, mayUse: (head: BackupHead) => void) {
  const hash = createHash('sha256');
  let head: BackupHead | undefined;
  let bytes = 0;
  let start = Buffer.alloc(0);
  for await (const chunk of readAll(file)) {
    let body = chunk;
    if (!head) {
      start = Buffer.concat([start, chunk]);
      const end = start.indexOf('\n');
      if (end < 0 && start.length <= maxHeadBytes) continue;
      if (end < 0 || end > maxHeadBytes) throw notABackup(file);
      head = parseHead(start.toString('utf8', 0, end), file);
      mayUse(head);
      body = start.subarray(end + 1);
    }
    bytes += body.length;
    // More than it says: no disk is filled by it.
    if (bytes > head.bytes) break;
    hash.update(body);
    await to.writeFile(body);
  }
  if (!head) throw notABackup(file);
  return { head, bytes, sha256: hash.digest('hex') };
}

async function* readAll(file: string): AsyncGenerator<Buffer> {
  const stream = createReadStream(file);
  // Only reading is caught here: what the one who takes the bytes throws is theirs.
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      const { value, done } = await chunks.next().catch((cause: unknown) => {
        throw new AditError(9202, `Cannot read "${file}": ${systemReason(cause)}`, { cause });
      });
      if (done) return;
      yield value;
    }
  } finally {
    stream.destroy();
  }
}
