import type { Load } from '../job.ts';
import { processorSeconds } from '../processes/processor-time.ts';
import type { Measurement } from '../report/measurement.ts';
import type { Links } from './links.ts';
import type { RunningSetup } from './running-setups.ts';
import { visit } from './visit.ts';

export interface Bench {
  readonly originPid: number;
  readonly workDir: string;
  readonly links: Links;
  /** Which round this is, from 1. */
  readonly round: number;
}

/** One run of one load through one setup. */
export async function measure(setup: RunningSetup, load: Load, bench: Bench): Promise<Measurement> {
  const isDirect = setup.name === 'direct';
  const delay = load.delay && (isDirect || load.delay.at === 'visitor') ? load.delay.roundTripMs : 0;
  const target = { ...setup.target, port: await bench.links.delayed(setup.target.port, delay) };
  const times = (): number[] =>
    [setup.edgePids, setup.agentPids, [bench.originPid]].map((pids) => (pids.length ? processorSeconds(pids) : 0));
  let [before, after]: [number[], number[]] = [[], []];
  const marks = { onStarted: () => void (before = times()), onEnded: () => void (after = times()) };
  const result = await visit({ target, work: load.work }, marks, bench.workDir);
  const [edge = 0, agent = 0, origin = 0] = after.map((seconds, index) => seconds - (before[index] ?? 0));
  return {
    setup: setup.name,
    load: load.name,
    round: bench.round,
    isTls: setup.target.tls,
    ...result,
    edgeSeconds: edge,
    agentSeconds: agent,
    originSeconds: origin,
  };
}
