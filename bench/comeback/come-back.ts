// `npm run bench -- --comeback`: all agents of a server come back after it was started again, and one whose network was lost.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Options } from '../options.ts';
import { processorSeconds } from '../processes/processor-time.ts';
import { markdownTable } from '../report/table.ts';
import { Herd } from './herd.ts';
import type { LoopTurns } from './loop-turns.ts';
import { lostNetwork, lostNetworkTable } from './lost-network.ts';
import { RestartableServer } from './restartable-server.ts';

const ourCheckout = fileURLToPath(new URL('../../', import.meta.url));
const agentCount = 5000;
const restarts = [
  { name: 'killed (SIGKILL)', signal: 'SIGKILL' },
  { name: 'stopped (SIGTERM)', signal: 'SIGTERM' },
] as const;
/** A connection that held for 10 s was a good one: only then does the back-off begin anew. */
const stableMs = 11_000;
const patienceMs = 180_000;

interface Comeback {
  readonly restart: string;
  readonly agents: number;
  /** From the signal until no agent is online, and until the new process was ready; milliseconds, as all. */
  readonly downMs: number;
  /** From ready until the last endpoint was online again. */
  readonly backMs: number;
  readonly serverSeconds: number;
  readonly agentSeconds: number;
  readonly turns: LoopTurns;
  /** Runnable processes of the machine, over the last minute. */
  readonly load: number;
  readonly failures: Readonly<Record<string, number>>;
}

export async function measureComeback(
  { scale, baseCheckout, profileDir }: Options,
  { workDir, resultsDir }: { workDir: string; resultsDir: string },
): Promise<void> {
  const checkout = baseCheckout ?? ourCheckout;
  const comebacks = await restartAll({ checkout, profileDir, workDir, agents: Math.ceil(agentCount * scale) });
  const network = await lostNetwork({ checkout, workDir });
  console.log(`${comebackTable(comebacks)}\n\n${failureLines(comebacks)}\n\n${lostNetworkTable(network)}`);
  writeFileSync(join(resultsDir, 'comeback.json'), JSON.stringify({ comebacks, network }, null, 2));
  console.log('\nAll numbers: bench/results/comeback.json');
}

async function restartAll(job: {
  checkout: string;
  profileDir: string | undefined;
  workDir: string;
  agents: number;
}): Promise<Comeback[]> {
  const { checkout, profileDir, agents } = job;
  const dataDir = mkdtempSync(join(job.workDir, 'comeback-'));
  let server = await RestartableServer.start({ checkout, dataDir, profileDir });
  const { connect, caFile, firstRun } = server.ready;
  const herd = new Herd({ checkout, connect, caFile, authtoken: firstRun?.authtoken ?? '', agents });
  const comebacks: Comeback[] = [];
  try {
    await herd.allOnline(patienceMs);
    for (const restart of restarts) {
      await sleep(stableMs);
      const [next, comeback] = await restartOnce(server, herd, restart);
      server = next;
      comebacks.push({ ...comeback, agents });
      process.stderr.write(`${restart.name}: done\n`);
    }
  } finally {
    await herd.stop();
    await server.end('SIGTERM');
  }
  return comebacks;
}

async function restartOnce(
  server: RestartableServer,
  herd: Herd,
  { name, signal }: (typeof restarts)[number],
): Promise<[RestartableServer, Omit<Comeback, 'agents'>]> {
  const agentsBefore = processorSeconds(herd.pids);
  const startedAtMs = performance.timeOrigin + performance.now();
  const startAgain = await server.end(signal);
  const lost = herd.allLost(patienceMs);
  const again = await startAgain();
  const serverBefore = processorSeconds([again.pid]);
  await again.loopTurns(); // Of its start, when nobody can have waited for it.
  await lost;
  const { lastAtMs, failures } = await herd.allOnline(patienceMs);
  const comeback = {
    restart: name,
    downMs: again.readyAtMs - startedAtMs,
    backMs: lastAtMs - again.readyAtMs,
    serverSeconds: processorSeconds([again.pid]) - serverBefore,
    agentSeconds: processorSeconds(herd.pids) - agentsBefore,
    turns: await again.loopTurns(),
    load: loadavg()[0] ?? 0,
    failures,
  };
  return [again, comeback];
}

const wantedBackMs = 15_000;
const wantedTurnMs = 100;

function comebackTable(comebacks: readonly Comeback[]): string {
  const columns = [
    'server',
    'agents',
    'down s',
    `last back after s (≤ ${wantedBackMs / 1000})`,
    `loop away ms, longest (≤ ${wantedTurnMs})`,
    'of one absence computed ms',
    'CPU s server',
    'CPU s agents',
    'load',
  ];
  const cells = comebacks.map((one) => [
    one.restart,
    `${one.agents}`,
    (one.downMs / 1000).toFixed(1),
    marked((one.backMs / 1000).toFixed(1), one.backMs <= wantedBackMs),
    marked(one.turns.longestMs.toFixed(0), one.turns.longestMs <= wantedTurnMs),
    one.turns.mostComputedMs.toFixed(0),
    one.serverSeconds.toFixed(1),
    one.agentSeconds.toFixed(1),
    `${one.load.toFixed(1)} on ${cpus().length} cores`,
  ]);
  return markdownTable(columns, cells);
}

function marked(text: string, isReached: boolean): string {
  return isReached ? text : `**${text}**`;
}

/** Why attempts failed: refused while the server is down, too late when it has more to do than it can. */
function failureLines(comebacks: readonly Comeback[]): string {
  const lines = comebacks.flatMap(({ restart, failures }) =>
    Object.entries(failures).map(([what, count]) => `${restart}: ${count} attempts failed: ${what}`),
  );
  return lines.join('\n');
}
