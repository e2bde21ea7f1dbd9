// What an idle visitor connection and an idle agent session cost the server: the difference in resident memory, divided.
// Each is measured on fresh processes. Adit's collect their garbage before both readings; nginx makes none.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Setup, SetupKind, Surroundings } from '../job.ts';
import { firstLine, startScript, stop } from '../processes/child.ts';
import { residentBytes } from '../processes/resident-memory.ts';
import { waitUntilReady } from '../run/wait-until-ready.ts';
import type { SessionsJob } from '../sessions/main.ts';
import { startAdit } from '../setups/adit.ts';
import { openIdleVisitors } from '../visitor/crowd.ts';

const visitors = 1000;
const sessions = 1000;
/**
 * Opened before the first reading and kept: free room in heap and pools, and code that comes with first use, are then used
 * up, and the difference is what one more costs. Closing them again would leave room in which the others cost nothing.
 */
const visitorsBefore = 1000;
const sessionsBefore = 500;
const settleMs = 1500;

/** Bytes at the server for each idle visitor connection (TLS, kept alive, after one request). */
export async function idleVisitorBytes(kind: SetupKind, surroundings: Surroundings): Promise<number | undefined> {
  const setup = await kind.start({ ...surroundings, collectsOnSignal: true });
  if (!setup) return undefined;
  try {
    await waitUntilReady(setup.target);
    const lanes = await openIdleVisitors(setup.target, visitorsBefore);
    const collects = kind.checkout !== undefined;
    const before = await settledBytes(setup, collects);
    lanes.push(...(await openIdleVisitors(setup.target, visitors)));
    const after = await settledBytes(setup, collects);
    for (const lane of lanes) lane.close();
    return (after - before) / visitors;
  } finally {
    await setup.stop();
  }
}

/** Bytes at Adit's server for each idle agent session that has so many endpoints. */
export async function idleSessionBytes(
  checkout: string,
  surroundings: Surroundings,
  endpoints: number,
): Promise<number> {
  const setup = await startAdit(checkout, { ...surroundings, collectsOnSignal: true });
  try {
    const openSessions = async (count: number): Promise<ReturnType<typeof startScript>> => {
      const job: SessionsJob = { ...setup, checkout, sessions: count, endpoints };
      const child = startScript(new URL('../sessions/main.ts', import.meta.url), [JSON.stringify(job)]);
      await firstLine(child, (line) => line);
      return child;
    };
    const first = await openSessions(sessionsBefore);
    const before = await settledBytes(setup, true);
    const agents = await openSessions(sessions);
    const after = await settledBytes(setup, true);
    await Promise.all([first, agents].map(stop));
    return (after - before) / sessions;
  } finally {
    await setup.stop();
  }
}

/** What the server holds once what is garbage has been collected and given back. */
async function settledBytes(setup: Setup, collects: boolean): Promise<number> {
  for (let pass = 0; pass < 3; pass++) {
    // To nginx the signal would mean something else.
    if (collects) for (const pid of setup.edgePids) process.kill(pid, 'SIGUSR2');
    await sleep(settleMs);
  }
  return residentBytes(setup.edgePids);
}
