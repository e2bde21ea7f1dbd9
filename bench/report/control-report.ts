import type { ApiLoadResult } from '../control/api-load.ts';
import type { Visible } from '../control/change-to-visible.ts';
import type { Sizes } from '../control/seed-sql.ts';
import { median } from './quantile.ts';
import { markdownTable } from './table.ts';

/** One start of a server, until its ready line. */
export interface ServerStart {
  /** From exec. */
  readonly readyMs: number;
  readonly processorMs: number;
  readonly bytes: number;
  readonly longestTurnMs: number;
  readonly mostComputedMs: number;
}

export interface ControlResult {
  readonly store: string;
  readonly empty: readonly ServerStart[];
  readonly seeded: readonly ServerStart[];
  readonly snapshotMs: number;
  readonly reservations: number;
  readonly loads: readonly ApiLoadResult[];
  /** Resident after the loads. */
  readonly busyBytes: number;
  readonly visible: Visible;
  /** The same, changed through another server. */
  readonly visibleFar: Visible | undefined;
}

/** The tables of `--control`. */
export function controlReport(results: readonly ControlResult[], { credentials, domains }: Sizes): string {
  return [
    `### Starts, with ${credentials} credentials and ${domains} reserved domains`,
    startTable(results),
    '### Calls of the API, through the edge',
    loadTable(results),
    '### From the answer of the API until the edge acts on it, ms',
    visibleTable(results),
  ].join('\n\n');
}

function startTable(results: readonly ControlResult[]): string {
  const columns = [
    'store',
    'ready after ms',
    'CPU ms',
    'MB',
    'loop away ms',
    'computed ms',
    'of that reservations ms',
    'MB after calls',
  ];
  const cells = results.flatMap(({ store, empty, seeded, snapshotMs, busyBytes }) => [
    [`${store}, empty`, ...startCells(empty), '–', '–'],
    [`${store}, full`, ...startCells(seeded), snapshotMs.toFixed(0), (busyBytes / 1e6).toFixed(0)],
  ]);
  return markdownTable(columns, cells);
}

function startCells(starts: readonly ServerStart[]): string[] {
  const of = (key: keyof ServerStart, unit = 1) => (median(starts.map((start) => start[key])) / unit).toFixed(0);
  return [of('readyMs'), of('processorMs'), of('bytes', 1e6), of('longestTurnMs'), of('mostComputedMs')];
}

function loadTable(results: readonly ControlResult[]): string {
  const columns = [
    'call',
    'clients',
    '/s',
    'p50 ms',
    'p99 ms',
    'server CPU µs',
    'loop away ms',
    'computed ms',
    'not 2xx',
  ];
  const cells = results.flatMap(({ store, loads }) =>
    loads.map((load) => [
      ...[`${store}: ${load.load}`, String(load.clients), load.perSecond.toFixed(0)],
      ...[load.p50Ms.toFixed(1), load.p99Ms.toFixed(1), load.serverMicros.toFixed(0)],
      ...[load.longestTurnMs.toFixed(0), load.mostComputedMs.toFixed(0), String(refused(load))],
    ]),
  );
  return markdownTable(columns, cells);
}

function refused({ statuses }: ApiLoadResult): number {
  return Object.entries(statuses).reduce((sum, [status, count]) => sum + (Number(status) < 300 ? 0 : count), 0);
}

function visibleTable(results: readonly ControlResult[]): string {
  const columns = ['store', 'name reserved', 'worst', 'name given up', 'worst', 'authtoken revoked', 'worst'];
  const cells = results.flatMap(({ store, visible, visibleFar }) => [
    [`${store}, one server`, ...visibleCells(visible)],
    ...(visibleFar ? [[`${store}, from another server`, ...visibleCells(visibleFar)]] : []),
  ]);
  return markdownTable(columns, cells);
}

function visibleCells({ takenMs, freeMs, revokedMs }: Visible): string[] {
  return [takenMs, freeMs, revokedMs].flatMap((all) => [median(all).toFixed(1), Math.max(...all).toFixed(1)]);
}
