import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in ticks of 1/100 s (USER_HZ), so a measured run should take a second at least. */
const ticksPerSecond = 100;

/** Processor seconds (user + system) that these processes and all their descendants have used so far. */
export function processorSeconds(roots: readonly number[]): number {
  const processes = readProcesses();
  const wanted = new Set(roots);
  // Parents come before children only by luck of numbering, so repeat until nothing is added.
  for (let before = -1; before !== wanted.size; ) {
    before = wanted.size;
    for (const { pid, parent } of processes) if (wanted.has(parent)) wanted.add(pid);
  }
  return processes.filter(({ pid }) => wanted.has(pid)).reduce((sum, { ticks }) => sum + ticks, 0) / ticksPerSecond;
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
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
    return { pid, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined; // Ended while we looked.
  }
}
