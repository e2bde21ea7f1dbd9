// Connections that a network forgets without telling anybody, as a NAT does: when the agents see it, when they serve again.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../report/quantile.ts';
import { markdownTable } from '../report/table.ts';
import { ForgetfulNetwork } from './forgetful-network.ts';
import { RestartableServer } from './restartable-server.ts';
import { connectWith, type Session } from './sdk.ts';

/** So many a second apart, as an agent that has just heard from its server sees the loss later than one that is waiting. */
const agents = 10;
const apartMs = 1_000;

/** Milliseconds after the loss, of each agent. */
export interface LostNetwork {
  readonly noticedMs: readonly number[];
  readonly servingMs: readonly number[];
}

export async function lostNetwork(job: { checkout: string; workDir: string }): Promise<LostNetwork> {
  const { checkout } = job;
  const dataDir = mkdtempSync(join(job.workDir, 'network-'));
  const server = await RestartableServer.start({ checkout, dataDir, profileDir: undefined });
  const { connect, caFile, firstRun } = server.ready;
  const network = await ForgetfulNetwork.open(Number(connect.split(':').at(-1)));
  const sessions: Session[] = [];
  try {
    const serverAddr = `localhost:${network.port}`;
    for (let count = 0; count < agents; count++) {
      const session = await connectWith(checkout, { serverAddr, caFile, authtoken: firstRun?.authtoken ?? '' });
      await session.forward({ upstream: 'http://127.0.0.1:9' });
      sessions.push(session);
      await sleep(apartMs);
    }
    const times = sessions.map(timesOf);
    network.forget();
    const all = await Promise.all(times);
    return { noticedMs: all.map(([noticed]) => noticed), servingMs: all.map(([, serving]) => serving) };
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
    network.close();
    await server.end('SIGTERM');
  }
}

export function lostNetworkTable({ noticedMs, servingMs }: LostNetwork): string {
  const seconds = (times: readonly number[]) => [Math.min(...times), median(times), Math.max(...times)].map(inSeconds);
  const columns = [`network lost, ${noticedMs.length} agents with default settings`, 'first s', 'median s', 'last s'];
  const cells = [
    ['noticed after', ...seconds(noticedMs)],
    ['endpoint online again after', ...seconds(servingMs)],
  ];
  return markdownTable(columns, cells);
}

function inSeconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

async function timesOf(session: Session): Promise<[noticedMs: number, servingMs: number]> {
  const startedAt = performance.now();
  await new Promise<void>((resolve) => {
    session.on('status', ({ state }) => state === 'reconnecting' && resolve());
  });
  const noticedMs = performance.now() - startedAt;
  await new Promise<void>((resolve) => {
    session.on('forward', ({ state }) => state === 'online' && resolve());
  });
  return [noticedMs, performance.now() - startedAt];
}
