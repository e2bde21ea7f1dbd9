import type { Measurement } from './measurement.ts';
import { median } from './quantile.ts';
import { markdownTable } from './table.ts';

/** What was measured of the agent of one checkout. */
export interface AgentFigures {
  readonly name: string;
  readonly starts: readonly { readonly urlMs: number; readonly processorMs: number; readonly idleBytes: number }[];
  /** Of two setups, whose names end with `on` and `off`. */
  readonly measurements: readonly Measurement[];
}

/** With the inspector ÷ without, under one load: medians of the ratios of each round. */
export interface InspectorCost {
  readonly load: string;
  readonly perSecond: number;
  readonly agentMicros: number;
}

/** Medians. */
export interface AgentRow {
  readonly name: string;
  readonly urlMs: number;
  readonly processorMs: number;
  readonly idleMegabytes: number;
  readonly inspector: readonly InspectorCost[];
}

export function agentRow({ name, starts, measurements }: AgentFigures): AgentRow {
  const over = (of: 'urlMs' | 'processorMs' | 'idleBytes'): number => median(starts.map((start) => start[of]));
  const loads = [...new Set(measurements.map(({ load }) => load))];
  return {
    name,
    urlMs: over('urlMs'),
    processorMs: over('processorMs'),
    idleMegabytes: over('idleBytes') / 1e6,
    inspector: loads.map((load) => costOf(load, measurements)),
  };
}

function costOf(load: string, measurements: readonly Measurement[]): InspectorCost {
  const of = (suffix: string) => measurements.filter((run) => run.load === load && run.setup.endsWith(suffix));
  const off = of(' off');
  const ratios = (value: (run: Measurement) => number): number[] =>
    of(' on').flatMap((run) => {
      const other = off.find(({ round }) => round === run.round);
      return other === undefined ? [] : [value(run) / value(other)];
    });
  return {
    load,
    perSecond: median(ratios(({ exchanges, seconds }) => exchanges / seconds)),
    agentMicros: median(ratios(({ agentSeconds, exchanges }) => agentSeconds / exchanges)),
  };
}

export function agentTable(rows: readonly AgentRow[]): string {
  const loads = rows[0]?.inspector.map(({ load }) => load) ?? [];
  const columns = [
    'agent',
    'URL after ms',
    'CPU ms until then',
    'idle MB',
    ...loads.flatMap((load) => [`${load}: inspector on ÷ off, requests/s`, 'CPU of the agent per request']),
  ];
  const cells = rows.map(({ name, urlMs, processorMs, idleMegabytes, inspector }) => [
    name,
    ...[urlMs, processorMs].map((value) => value.toFixed(0)),
    idleMegabytes.toFixed(1),
    ...inspector.flatMap(({ perSecond, agentMicros }) => [perSecond.toFixed(2), agentMicros.toFixed(2)]),
  ]);
  return markdownTable(columns, cells);
}
