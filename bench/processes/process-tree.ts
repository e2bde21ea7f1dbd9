import { readdirSync, readFileSync } from 'node:fs';

/** A process as /proc/<pid>/stat has it. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  /** Processor time used, user and system, in ticks. */
  readonly ticks: number;
  /** Pages in memory. */
  readonly pages: number;
}

/** These processes and all their descendants. */
export function processTree(roots: readonly number[]): ProcessRow[] {
  const processes = readProcesses();
  const wanted = new Set(roots);
  // Parents come before children only by luck of numbering, so repeat until nothing is added.
  for (let before = -1; before !== wanted.size; ) {
    before = wanted.size;
    for (const { pid, parent } of processes) if (wanted.has(parent)) wanted.add(pid);
  }
  return processes.filter(({ pid }) => wanted.has(pid));
}

function readProcesses(): ProcessRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

function readProcess(pid: number): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name in parentheses and may hold anything; the rest is numbers (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [parent, user, system, pages] = [fields[1], fields[11], fields[12], fields[21]].map(Number);
    return { pid, parent: parent ?? 0, ticks: (user ?? 0) + (system ?? 0), pages: pages ?? 0 };
  } catch {
    return undefined; // Ended while we looked.
  }
}
