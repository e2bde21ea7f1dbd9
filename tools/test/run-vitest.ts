import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countsFileVariable } from './count-reporter.ts';
import { type Counts, noCounts, sum } from './counts.ts';

const reporter = fileURLToPath(new URL('./count-reporter.ts', import.meta.url));

/** Runs vitest once with its output on ours. A run that fails without a failed test (or without counts) counts as one failure. */
export async function runVitest(args: readonly string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'adit-counts-'));
  const file = join(folder, 'counts.json');
  try {
    const command = ['run', '--reporter=default', `--reporter=${reporter}`, ...args];
    const env = { ...process.env, [countsFileVariable]: file };
    const [code] = await once(spawn('vitest', command, { stdio: ['ignore', 'inherit', 'inherit'], env }), 'close');
    const counts = readCounts(file);
    return code !== 0 && counts.failed === 0
      ? sum([counts, { ...noCounts, failed: 1, failures: ['vitest itself'] }])
      : counts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readCounts(file: string): Counts {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Counts;
  } catch {
    return { ...noCounts, failed: 1, failures: ['vitest itself'] }; // vitest ended before it could report; it has said why.
  }
}
