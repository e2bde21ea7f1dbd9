// `npm run bench`: every setup carries the same loads in one run, interleaved, so that a busy machine is busy for all.
// Numbers are for comparing rows of one table, never across runs or machines.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { firstLine, start } from './child.ts';
import type { LoadJob, LoadResult, Setup } from './job.ts';
import { processorSeconds } from './processor-time.ts';
import { startAdit } from './setups/adit.ts';
import { startNginx } from './setups/nginx.ts';
import { startSsh } from './setups/ssh.ts';
import { type Load, type Measurement, summarise } from './summary.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const loads: readonly Load[] = [
  { name: 'small answers (100 B), 1 connection', path: '/', connections: 1, requests: 3000 },
  { name: 'small answers (100 B), 64 connections', path: '/', connections: 64, requests: 12_000 },
  { name: 'bulk, one stream of 400 MB', path: '/bulk/400000000', connections: 1, requests: 1 },
];

const here = new URL('.', import.meta.url).pathname;
const workDir = mkdtempSync(join(tmpdir(), 'adit-bench-'));
const origin = start(process.execPath, [join(here, 'origin.ts')]);
const originPort = await firstLine(origin, Number);
const setups = await startSetups();
try {
  const measurements: Measurement[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const load of loads) for (const setup of setups) measurements.push(await measure(setup, load));
    process.stderr.write(`round ${round} of ${rounds} done\n`);
  }
  report(measurements);
} finally {
  for (const setup of setups) setup.stop();
  origin.kill();
  rmSync(workDir, { recursive: true, force: true });
}

async function startSetups(): Promise<Setup[]> {
  const started: Setup[] = [];
  for (const startSetup of [startAdit, startNginx, startSsh]) {
    const setup = await startSetup(originPort, workDir);
    if (setup) started.push(setup);
    else process.stderr.write(`left out: ${startSetup.name} (its programs are not installed)\n`);
  }
  return started;
}

async function measure(setup: Setup, load: Load): Promise<Measurement> {
  await run(setup, { ...load, requests: Math.min(load.requests, load.connections * 20) });
  const before = { setup: processorSeconds(setup.pids), origin: processorSeconds([origin.pid ?? 0]) };
  const result = await run(setup, load);
  return {
    setup: setup.name,
    load: load.name,
    ...result,
    setupSeconds: processorSeconds(setup.pids) - before.setup,
    originSeconds: processorSeconds([origin.pid ?? 0]) - before.origin,
  };
}

async function run(setup: Setup, load: Load): Promise<LoadResult> {
  const job: LoadJob = { ...setup.target, path: load.path, connections: load.connections, requests: load.requests };
  const { stdout } = await promisify(execFile)(process.execPath, [join(here, 'load.ts'), JSON.stringify(job)]);
  return JSON.parse(stdout) as LoadResult;
}

function report(measurements: readonly Measurement[]): void {
  const { table, rows } = summarise(measurements, loads);
  for (const setup of setups) console.log(`--- ${setup.name}\n${setup.configuration}`);
  console.log(table);
  const file = join(here, 'results', 'latest.json');
  mkdirSync(join(here, 'results'), { recursive: true });
  const configurations = Object.fromEntries(setups.map(({ name, configuration }) => [name, configuration]));
  writeFileSync(file, JSON.stringify({ rounds, configurations, rows, measurements }, null, 2));
  console.log(`\nAll numbers: bench/results/latest.json`);
}
