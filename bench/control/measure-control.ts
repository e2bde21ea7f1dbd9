// `npm run bench -- --control`: what the API and its store take when there is much in them: starts, calls, and changes until the
// edge acts on them, on each store that this machine has.
import { copyFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RestartableServer, type ServerHome } from '../comeback/restartable-server.ts';
import { isNamed, type Options } from '../options.ts';
import { processorSeconds } from '../processes/processor-time.ts';
import { residentBytes } from '../processes/resident-memory.ts';
import { type ControlResult, controlReport, type ServerStart } from '../report/control-report.ts';
import { apiLoads, runApiLoad } from './api-load.ts';
import { timeVisible, type Visible } from './change-to-visible.ts';
import { type Sizes, seedStatements } from './seed-sql.ts';
import { timeSnapshot } from './snapshot.ts';
import { type BenchStore, newDataDir, startStores } from './stores.ts';

const ourCheckout = fileURLToPath(new URL('../../', import.meta.url));
const full: Sizes = { credentials: 100_000, domains: 10_000 };
const starts = 7;
const loadSeconds = 5;

interface Job {
  readonly checkout: string;
  readonly profileDir: string | undefined;
  readonly workDir: string;
  readonly sizes: Sizes;
}

export async function measureControl(
  { scale, only, baseCheckout, profileDir }: Options,
  { workDir, resultsDir }: { workDir: string; resultsDir: string },
): Promise<void> {
  const sizes = { credentials: Math.ceil(full.credentials * scale), domains: Math.ceil(full.domains * scale) };
  const job = { checkout: baseCheckout ?? ourCheckout, profileDir, workDir, sizes };
  const stores = await startStores();
  const results: ControlResult[] = [];
  try {
    for (const kind of stores.kinds.filter((name) => isNamed(name, only))) {
      results.push(await measureStore(await stores.open(kind), job));
      process.stderr.write(`${kind}: done\n`);
    }
  } finally {
    await stores.stop();
  }
  const report = controlReport(results, sizes);
  console.log(report);
  writeFileSync(join(resultsDir, 'control.md'), report);
  writeFileSync(join(resultsDir, 'control.json'), JSON.stringify({ sizes, load: loadavg(), results }, null, 2));
  console.log('\nThe same: bench/results/control.md; all numbers: bench/results/control.json');
}

async function measureStore(store: BenchStore, job: Job): Promise<ControlResult> {
  const dataDir = newDataDir(job.workDir);
  const home = { ...{ checkout: job.checkout, profileDir: job.profileDir, env: store.env }, dataDir };
  // The first start makes the schema, and Node.js keeps what it compiled.
  await (await RestartableServer.start(home)).end('SIGTERM');
  const empty = await measureStarts(home);
  await store.run(seedStatements(store.dialect, job.sizes), dataDir);
  const seeded = await measureStarts(home);
  const opened = await store.open(dataDir);
  const snapshot = await timeSnapshot(opened);
  await opened.close();
  const server = await RestartableServer.start(home);
  try {
    const loads = [];
    for (const load of apiLoads(job.sizes)) loads.push(await runApiLoad(server, load, loadSeconds));
    const busyBytes = residentBytes([server.pid]);
    const visible = await timeVisible(job.checkout, { api: server.ready, agents: server.ready });
    const visibleFar = store.name === 'SQLite' ? undefined : await timeVisibleFar(server, home, job);
    return { store: store.name, empty, seeded, ...snapshot, loads, busyBytes, visible, visibleFar };
  } finally {
    await server.end('SIGTERM');
  }
}

/** What one server changes, until another one of the same store acts on it. */
async function timeVisibleFar(
  server: RestartableServer,
  home: ServerHome,
  { checkout, workDir }: Job,
): Promise<Visible> {
  const dataDir = newDataDir(workDir);
  // What the store has sealed they must both be able to open.
  copyFileSync(join(home.dataDir, 'secrets.key'), join(dataDir, 'secrets.key'));
  const second = await RestartableServer.start({ ...home, dataDir });
  try {
    return await timeVisible(checkout, { api: server.ready, agents: second.ready });
  } finally {
    await second.end('SIGTERM');
  }
}

async function measureStarts(home: ServerHome): Promise<ServerStart[]> {
  const measured: ServerStart[] = [];
  for (let count = 0; count < starts; count++) {
    const startedAtMs = performance.timeOrigin + performance.now();
    const server = await RestartableServer.start(home);
    const readyMs = server.readyAtMs - startedAtMs;
    const processorMs = processorSeconds([server.pid]) * 1000;
    const { longestMs, mostComputedMs } = await server.loopTurns();
    const bytes = residentBytes([server.pid]);
    measured.push({ readyMs, processorMs, bytes, longestTurnMs: longestMs, mostComputedMs });
    await server.end('SIGTERM');
  }
  return measured;
}
