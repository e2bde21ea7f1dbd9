import type { ChildProcess } from 'node:child_process';
import type { Setup, Target } from '../job.ts';
import { stop } from '../processes/child.ts';

export interface Started {
  readonly name: string;
  readonly configuration: string;
  readonly target: Target;
  readonly edge: ChildProcess;
  readonly agent?: ChildProcess;
}

/** A setup of one process on the server's side and one on the agent's, which ends first. */
export function startedSetup({ name, configuration, target, edge, agent }: Started): Setup {
  return {
    name,
    configuration,
    target,
    edgePids: [edge.pid ?? 0],
    agentPids: agent ? [agent.pid ?? 0] : [],
    async stop() {
      if (agent) await stop(agent);
      await stop(edge);
    },
  };
}

/** A target without TLS. */
export function plainTarget(port: number, hostHeader = 'localhost'): Target {
  return { port, tls: false, serverName: '', ca: '', hostHeader };
}
