// The targets of the design that this benchmark can compute, each a ratio of two rows.
import { lowLoadName } from '../loads.ts';
import type { AgentRow } from './agent-rows.ts';
import type { Row } from './rows.ts';
import { markdownTable } from './table.ts';

/** Memory of idle things, in bytes each; what was not measured is missing. */
export type IdleMemory = Readonly<Record<string, number>>;

interface Target {
  readonly what: string;
  readonly target: string;
  /** NaN: not measured in this run. */
  readonly value: number;
  readonly isReached: boolean;
}

const agentPeers = ['frp https', 'sish', 'piko', 'rathole', 'bore'];
const aditSessionKilobytes = 85;

/** A table of every target: the value, and whether it is reached. */
export function targetTable(rows: readonly Row[], idle: IdleMemory): string {
  return tableOf(targetsOf(rows, idle));
}

/** The same of those for the agent alone, which `--agent` measures. */
export function agentTargetTable(row: AgentRow | undefined): string {
  return tableOf(agentTargetsOf(row));
}

function tableOf(targets: readonly Target[]): string {
  const cells = targets.map(({ what, target, value, isReached }) => [
    what,
    target,
    Number.isFinite(value) ? value.toFixed(2) : '–',
    Number.isFinite(value) ? (isReached ? 'reached' : '**not reached**') : 'not measured',
  ]);
  return markdownTable(['target', 'wanted', 'measured', ''], cells);
}

export function agentTargetsOf(row: AgentRow | undefined): Target[] {
  return [
    atMost('exec of the installed `adit http` to its URL, server warm, ms', 400, row?.urlMs ?? Number.NaN),
    atMost('idle agent with one endpoint and its inspector, MB', 80, row?.idleMegabytes ?? Number.NaN),
    ...(row?.inspector ?? []).map(({ load, perSecond }) =>
      atLeast(`requests a second, ${load}: inspector on ÷ off`, 0.9, perSecond),
    ),
  ];
}

function atMost(what: string, limit: number, value: number): Target {
  return { what, target: `≤ ${limit.toFixed(2)}`, value, isReached: value <= limit };
}

function atLeast(what: string, limit: number, value: number): Target {
  return { what, target: `≥ ${limit.toFixed(2)}`, value, isReached: value >= limit };
}

export function targetsOf(rows: readonly Row[], idle: IdleMemory): Target[] {
  const find = (load: string, setup: string) => rows.find((row) => row.load === load && row.setup === setup);
  const ratio = (load: string, of: keyof Row, other: string): number =>
    Number(find(load, 'adit')?.[of]) / Number(find(load, other)?.[of]);
  const small = ['h1 100 B, c=1', 'h1 100 B, c=64', 'h2 100 B, c=64', 'h2 100 B, c=1×64'];
  const bulk = ['h1 bulk down, one stream', 'h1 bulk up, one stream'];
  return [
    ...small.map((load) =>
      atMost(`edge processor time, ${load}: adit ÷ nginx`, 1.5, ratio(load, 'edgeMicros', 'nginx')),
    ),
    // What this runtime allows: docs/adr/0006.
    ...['h1 100 B, c=1', 'h1 100 B, c=64'].map((load) =>
      atMost(`edge processor time, ${load}: adit ÷ bare relay`, 2, ratio(load, 'edgeMicros', 'bare relay')),
    ),
    ...small.map((load) => atMost(`all processor time, ${load}: adit ÷ best peer`, 1 / 1.5, againstBest(rows, load))),
    ...(['addedP50Ms', 'addedP99Ms'] as const).map((of) =>
      atMost(
        `added latency at low load, ${of.slice(5, 8).toLowerCase()}: adit ÷ frp https`,
        1,
        ratio(lowLoadName, of, 'frp https'),
      ),
    ),
    ...bulk.flatMap((load) =>
      ['ssh -R', 'frp https'].map((peer) =>
        atLeast(`${load}: adit ÷ ${peer}`, 1, ratio(load, 'megabytesPerSecond', peer)),
      ),
    ),
    ...['down', 'up'].flatMap((direction) =>
      ['agent', 'visitor'].map((at) => {
        const load = `h1 bulk ${direction}, one stream, 100 ms at the ${at}`;
        return atLeast(`${load}: adit ÷ plain TCP`, 0.9, ratio(load, 'megabytesPerSecond', 'direct'));
      }),
    ),
    atMost('idle agent session, KB at the server', aditSessionKilobytes, (idle['adit session'] ?? Number.NaN) / 1000),
  ];
}

/** Processor time of both sides against the peer that needs least, of those that speak TLS with visitors as Adit does. */
function againstBest(rows: readonly Row[], load: string): number {
  const total = ({ edgeMicros, agentMicros }: Row): number => edgeMicros + agentMicros;
  const ofLoad = rows.filter((row) => row.load === load);
  const peers = ofLoad.filter(({ setup, isTls }) => isTls && agentPeers.includes(setup)).map(total);
  const adit = ofLoad.find(({ setup }) => setup === 'adit');
  return adit && peers.length > 0 ? total(adit) / Math.min(...peers) : Number.NaN;
}
