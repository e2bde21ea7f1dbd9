import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A process and all that it has started. */
export async function processTree(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(threads.map((id) => readFile(`/proc/${pid}/task/${id}/children`, 'utf8')));
  const children = lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
  return [pid, ...(await Promise.all(children.map(processTree))).flat()];
}

/** Which of the needles are in what the process may read of its own memory now. */
export async function foundInMemory(pid: number, needles: ReadonlyMap<string, Buffer>): Promise<Set<string>> {
  const found = new Set<string>();
  const maps = (await readFile(`/proc/${pid}/maps`, 'utf8')).split('\n');
  const memory = await open(`/proc/${pid}/mem`);
  try {
    for (const line of maps) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) r\S* \S+ \S+ \S+\s*(?!\[v)/.exec(line) ?? [];
      if (from === undefined || to === undefined) continue;
      const region = { memory, start: BigInt(`0x${from}`), end: BigInt(`0x${to}`) };
      for await (const piece of piecesOf(region)) {
        for (const [name, needle] of needles) if (piece.includes(needle)) found.add(name);
      }
    }
  } finally {
    await memory.close();
  }
  return found;
}

const pieceBytes = 4 * 1_048_576;
/** More than any needle has: one may lie across two pieces. */
const overlap = 65_536;

interface Region {
  readonly memory: Awaited<ReturnType<typeof open>>;
  readonly start: bigint;
  readonly end: bigint;
}

async function* piecesOf({ memory, start, end }: Region): AsyncGenerator<Buffer> {
  for (let at = start; at < end; at += BigInt(pieceBytes - overlap)) {
    const length = Number(end - at < pieceBytes ? end - at : BigInt(pieceBytes));
    const piece = Buffer.alloc(length);
    // Guard pages and what has been given back meanwhile cannot be read.
    const read = await memory.read(piece, 0, length, at).catch(() => null);
    if (read === null) return;
    yield piece.subarray(0, read.bytesRead);
    if (read.bytesRead < length || end - at <= pieceBytes) return;
  }
}

/** Which of the needles are in a file below a folder. */
export async function foundInFiles(dir: string, needles: ReadonlyMap<string, Buffer>): Promise<Set<string>> {
  const found = new Set<string>();
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const content = await readFile(join(entry.parentPath, entry.name));
    for (const [name, needle] of needles) if (content.includes(needle)) found.add(name);
  }
  return found;
}
