import type { Load, SetupKind } from '../job.ts';
import { measureIdle } from '../memory/measure-idle.ts';
import { firstLine, startScript, stop } from '../processes/child.ts';
import type { Measurement } from '../report/measurement.ts';
import { type Row, rowsOf } from '../report/rows.ts';
import { loadTable, markdownTable } from '../report/table.ts';
import { type IdleMemory, targetTable } from '../report/targets.ts';
import { Links } from './links.ts';
import { measure } from './measure.ts';
import { RunningSetups } from './running-setups.ts';

interface RunOptions {
  readonly kinds: readonly SetupKind[];
  readonly rounds: number;
  readonly workDir: string;
  readonly profileDir: string | undefined;
  /** Also the memory of idle connections. */
  readonly withIdleMemory: boolean;
  /** Called after each round with everything so far: a long run may be broken off. */
  onResult(result: RunResult): void;
}

export interface RunResult {
  readonly configurations: Readonly<Record<string, string>>;
  /** Markdown. */
  readonly report: string;
  readonly rows: readonly Row[];
  readonly idleMemory: IdleMemory;
  readonly measurements: readonly Measurement[];
}

/** Every round runs every load through every setup that can carry it. */
export async function runLoads(loads: readonly Load[], options: RunOptions): Promise<void> {
  const origin = startScript(new URL('../origin/main.ts', import.meta.url));
  const originPort = await firstLine(origin, Number);
  const links = new Links();
  const setups = new RunningSetups(options.kinds, { ...options, originPort, links });
  const configurations: Record<string, string> = {};
  const measurements: Measurement[] = [];
  const idleMemory: Record<string, number> = {};
  const bench = { originPid: origin.pid ?? 0, workDir: options.workDir, links };
  try {
    for (let round = 1; round <= options.rounds; round++) {
      for (const load of loads) {
        for (const setup of await setups.for(load)) {
          configurations[setup.name] = setup.configuration;
          const measurement = await tryToMeasure(
            () => measure(setup, load, { ...bench, round }),
            `${setup.name}: ${load.name}`,
          );
          if (measurement) measurements.push(measurement);
        }
      }
      options.onResult(resultOf(loads, { configurations, measurements, idleMemory }));
      process.stderr.write(`round ${round} of ${options.rounds} done\n`);
    }
    await setups.stop();
    const agentLink = async (port: number): Promise<number> => port;
    const place = { originPort, agentLink, workDir: options.workDir };
    if (options.withIdleMemory) Object.assign(idleMemory, await measureIdle(options.kinds, place));
    options.onResult(resultOf(loads, { configurations, measurements, idleMemory }));
  } finally {
    await setups.stop();
    await links.stop();
    await stop(origin);
  }
}

function resultOf(loads: readonly Load[], found: Omit<RunResult, 'report' | 'rows'>): RunResult {
  const rows = loads.flatMap((load) => rowsOf(load, found.measurements));
  return { ...found, rows, report: reportOf(loads, rows, found.idleMemory) };
}

/** A setup that fails under a load is missing from its table, and the run goes on. */
async function tryToMeasure(run: () => Promise<Measurement>, what: string): Promise<Measurement | undefined> {
  try {
    return await run();
  } catch (error) {
    process.stderr.write(`failed: ${what}: ${error instanceof Error ? error.message : error}\n`);
    return undefined;
  }
}

function reportOf(loads: readonly Load[], rows: readonly Row[], idleMemory: IdleMemory): string {
  const tables = loads.map((load) =>
    loadTable(
      load,
      rows.filter((row) => row.load === load.name),
    ),
  );
  const idle = Object.entries(idleMemory).map(([what, bytes]) => [what, (bytes / 1000).toFixed(1)]);
  const idleTable = `### idle: memory at the server\n\n${markdownTable(['each', 'KB'], idle)}\n`;
  return [...tables, ...(idle.length > 0 ? [idleTable] : []), '### Targets\n', targetTable(rows, idleMemory)].join(
    '\n',
  );
}
