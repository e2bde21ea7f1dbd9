import type { Surroundings } from '../job.ts';
import type { RunningSetup } from '../run/running-setups.ts';
import { speaksHttp2, waitUntilReady } from '../run/wait-until-ready.ts';
import { type AditServer, startAgent } from '../setups/adit.ts';
import { startedSetup } from '../setups/started.ts';

/** Two agents of one server, which differ in one thing: whether the inspector captures what passes. */
export async function inspectedSetups(
  server: AditServer,
  surroundings: Surroundings,
  name: string,
): Promise<RunningSetup[]> {
  const setups: RunningSetup[] = [];
  for (const kind of ['off', 'on']) {
    const choices = { name: `${name}-${kind}`, label: kind, args: [`--inspect=${kind === 'on'}`] };
    const { agent, target } = await startAgent(server, surroundings, choices);
    await waitUntilReady(target);
    const configuration = `adit http --inspect=${kind === 'on'}`;
    const setup = startedSetup({ name: `${name} ${kind}`, configuration, target, edge: server.edge, agent });
    setups.push({ ...setup, speaksHttp2: await speaksHttp2(target) });
  }
  return setups;
}
