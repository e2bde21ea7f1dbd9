import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Surroundings } from '../job.ts';
import { stop } from '../processes/child.ts';
import { processorSeconds } from '../processes/processor-time.ts';
import { residentBytes } from '../processes/resident-memory.ts';
import { type AditServer, startAgent } from '../setups/adit.ts';

/** One start of `adit http`. */
export interface AgentStart {
  /** From exec until its URL was read from its stdout. */
  readonly urlMs: number;
  /** Processor time until then, user and system. */
  readonly processorMs: number;
  /** Resident when it has had nothing to do for a while. */
  readonly idleBytes: number;
}

const idleMs = 4000;

/** Starts an agent as a user would who has no configuration file, looks at it, and stops it. */
export async function startOnce(server: AditServer, surroundings: Surroundings): Promise<AgentStart> {
  const home = mkdtempSync(join(surroundings.workDir, 'home-'));
  const startedAt = performance.now();
  // Its page takes the first port that is free.
  const { agent } = await startAgent(server, surroundings, { name: 'start', label: 'start', env: { HOME: home } });
  const urlMs = performance.now() - startedAt;
  const pids = [agent.pid ?? 0];
  const processorMs = processorSeconds(pids) * 1000;
  await sleep(idleMs);
  const idleBytes = residentBytes(pids);
  await stop(agent);
  return { urlMs, processorMs, idleBytes };
}
