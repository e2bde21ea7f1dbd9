import type { Load } from '../job.ts';
import type { Measurement } from './measurement.ts';
import { median } from './quantile.ts';

/** Medians over the rounds. */
export interface Row {
  readonly load: string;
  readonly setup: string;
  readonly isTls: boolean;
  readonly perSecond: number;
  readonly megabytesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** More than `direct` in the same round; NaN where that was not measured. */
  readonly addedP50Ms: number;
  readonly addedP99Ms: number;
  /** Processor microseconds for each exchange (bulk: for each megabyte). */
  readonly edgeMicros: number;
  readonly agentMicros: number;
  readonly originMicros: number;
}

/** The rows of one load, a row for each setup that carried it. */
export function rowsOf(load: Load, measurements: readonly Measurement[]): Row[] {
  const ofLoad = measurements.filter((run) => run.load === load.name);
  const setups = [...new Set(ofLoad.map(({ setup }) => setup))];
  const of = (setup: string) => ofLoad.filter((run) => run.setup === setup);
  return setups.map((setup) => medianRow(load, of(setup), of('direct')));
}

function medianRow(load: Load, runs: readonly Measurement[], direct: readonly Measurement[]): Row {
  const over = (value: (run: Measurement) => number): number => median(runs.map(value));
  const added = (run: Measurement, of: 'p50Ms' | 'p99Ms'): number =>
    run[of] - (direct.find(({ round }) => round === run.round)?.[of] ?? Number.NaN);
  const units = ({ bytes, exchanges }: Measurement): number => (load.unit === 'MB' ? bytes / 1e6 : exchanges);
  return {
    load: load.name,
    setup: runs[0]?.setup ?? '',
    isTls: runs[0]?.isTls ?? false,
    perSecond: over((run) => run.exchanges / run.seconds),
    megabytesPerSecond: over((run) => run.bytes / 1e6 / run.seconds),
    p50Ms: over((run) => run.p50Ms),
    p99Ms: over((run) => run.p99Ms),
    addedP50Ms: over((run) => added(run, 'p50Ms')),
    addedP99Ms: over((run) => added(run, 'p99Ms')),
    edgeMicros: over((run) => (run.edgeSeconds * 1e6) / units(run)),
    agentMicros: over((run) => (run.agentSeconds * 1e6) / units(run)),
    originMicros: over((run) => (run.originSeconds * 1e6) / units(run)),
  };
}
