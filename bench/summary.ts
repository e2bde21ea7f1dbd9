import type { LoadResult } from './job.ts';

export interface Load {
  readonly name: string;
  readonly path: string;
  readonly connections: number;
  readonly requests: number;
}

/** One run of one load through one setup. */
export interface Measurement extends LoadResult {
  readonly setup: string;
  readonly load: string;
  /** Processor seconds of all processes of the setup. */
  readonly setupSeconds: number;
  readonly originSeconds: number;
}

/** Medians over the rounds. */
export interface Row {
  readonly load: string;
  readonly setup: string;
  readonly requestsPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor microseconds of the setup for each request (bulk: for each megabyte). */
  readonly setupMicros: number;
  readonly originMicros: number;
}

const columns = ['load', 'setup', 'req/s', 'MB/s', 'p50 ms', 'p99 ms', 'CPU µs per req|MB', 'of nginx', 'origin µs'];

/** A Markdown table and its rows. */
export function summarise(
  measurements: readonly Measurement[],
  loads: readonly Load[],
): { table: string; rows: Row[] } {
  const setups = [...new Set(measurements.map(({ setup }) => setup))];
  const rows = loads.flatMap((load) =>
    setups.map((setup) =>
      medianRow(
        load,
        measurements.filter((m) => m.load === load.name && m.setup === setup),
      ),
    ),
  );
  const lines = rows.map((row) => `| ${cells(row, rows).join(' | ')} |`);
  return { rows, table: [`| ${columns.join(' | ')} |`, `|${'---|'.repeat(columns.length)}`, ...lines].join('\n') };
}

function medianRow(load: Load, runs: readonly Measurement[]): Row {
  const isBulk = load.path !== '/';
  const units = (run: Measurement): number => (isBulk ? run.bytes / 1e6 : run.requests);
  return {
    load: load.name,
    setup: runs[0]?.setup ?? '',
    requestsPerSecond: median(runs.map((run) => run.requests / run.seconds)),
    megabytesPerSecond: median(runs.map((run) => run.bytes / 1e6 / run.seconds)),
    p50Ms: median(runs.map((run) => run.p50Ms)),
    p99Ms: median(runs.map((run) => run.p99Ms)),
    setupMicros: median(runs.map((run) => (run.setupSeconds * 1e6) / units(run))),
    originMicros: median(runs.map((run) => (run.originSeconds * 1e6) / units(run))),
  };
}

function cells(row: Row, rows: readonly Row[]): string[] {
  const nginx = rows.find(({ load, setup }) => load === row.load && setup === 'nginx');
  const ratio = nginx ? `${(row.setupMicros / nginx.setupMicros).toFixed(2)} ×` : '–';
  const numbers = [
    row.requestsPerSecond.toFixed(0),
    row.megabytesPerSecond.toFixed(1),
    row.p50Ms.toFixed(2),
    row.p99Ms.toFixed(2),
  ];
  return [row.load, row.setup, ...numbers, row.setupMicros.toFixed(0), ratio, row.originMicros.toFixed(0)];
}

/** The middle of the sorted numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
