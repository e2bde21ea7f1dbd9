// What a power cut leaves at the end of SQLite's write-ahead log: the beginning of a commit that nobody was told of. The form
// of the file: https://www.sqlite.org/fileformat2.html#walformat
import { open, readFile } from 'node:fs/promises';

const headerBytes = 32;
const frameHeaderBytes = 24;

/** How much of the next frame came to the disk. */
export const tears = ['half a header', 'half a page', 'a page that is not the right one', 'zeros'] as const;

/** Writes so much of a frame behind the last one that counts. Call it on the log of a process that was killed. */
export async function tearWal(file: string, tear: (typeof tears)[number]): Promise<void> {
  const wal = await readFile(file);
  const pageBytes = wal.readUInt32BE(8);
  const salts = wal.subarray(16, 24);
  const frameBytes = frameHeaderBytes + pageBytes;
  let end = headerBytes;
  // Frames with other salts are of a round before, and count no more.
  while (end + frameBytes <= wal.length && wal.subarray(end + 8, end + 16).equals(salts)) end += frameBytes;
  const frame = Buffer.alloc(frameBytes, 0xee);
  // Page 1, and a commit by all appearances; only the checksum is wrong.
  frame.writeUInt32BE(1, 0);
  frame.writeUInt32BE(2, 4);
  salts.copy(frame, 8);
  const torn = {
    'half a header': frame.subarray(0, frameHeaderBytes / 2),
    'half a page': frame.subarray(0, frameHeaderBytes + pageBytes / 2),
    'a page that is not the right one': frame,
    zeros: Buffer.alloc(frameBytes),
  }[tear];
  const handle = await open(file, 'r+');
  try {
    await handle.write(torn, 0, torn.length, end);
    // Nothing of older rounds behind it: a file that ends there was never longer.
    await handle.truncate(end + torn.length);
  } finally {
    await handle.close();
  }
}
