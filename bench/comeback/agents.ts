// Agents that come back by themselves, a process of its own: `comeback/agents.ts '<AgentsJob as JSON>'` opens so many
// sessions of one endpoint each with a checkout's SDK as it ships, and prints what becomes of them until it is ended.
import { setPriority } from 'node:os';
import { openMany } from '../visitor/crowd.ts';
import { connectWith } from './sdk.ts';

export interface AgentsJob {
  readonly checkout: string;
  readonly connect: string;
  readonly caFile: string;
  readonly authtoken: string;
  readonly agents: number;
}

/** A line of this process. */
export interface AgentsNews {
  /** Agents whose endpoint is online. */
  readonly online: number;
  /** When the last of those came online, milliseconds since 1970. */
  readonly lastAtMs: number;
  /** Attempts that failed since all were online, by what was said. */
  readonly failures: Readonly<Record<string, number>>;
}

const newsIntervalMs = 100;
const job = JSON.parse(process.argv[2] ?? '') as AgentsJob;
let news: AgentsNews = { online: 0, lastAtMs: 0, failures: {} };
let isTold = true;

// Real agents compute on machines of their own: where cores are short, the server goes first.
setPriority(19);

await openMany(job.agents, async () => {
  const { checkout, connect: serverAddr, caFile, authtoken } = job;
  const session = await connectWith(checkout, { serverAddr, caFile, authtoken });
  let isOnline = false;
  session.on('forward', ({ state }) => {
    if (isOnline || state !== 'online') return;
    isOnline = true;
    const online = news.online + 1;
    tell({ online, lastAtMs: performance.timeOrigin + performance.now() });
  });
  session.on('status', ({ state, attempt, error }) => {
    if (state === 'online') return;
    if (isOnline) tell({ online: news.online - 1 });
    isOnline = false;
    if (attempt !== 0) tell({ failures: withOneMore(news.failures, String(error?.message)) });
  });
  await session.forward({ upstream: 'http://127.0.0.1:9' });
});

function withOneMore(counts: Readonly<Record<string, number>>, what: string): Record<string, number> {
  return { ...counts, [what]: (counts[what] ?? 0) + 1 };
}

function tell(change: Partial<AgentsNews>): void {
  news = { ...news, ...change };
  if (!isTold) return;
  isTold = false;
  setTimeout(() => {
    isTold = true;
    console.log(JSON.stringify(news));
    if (news.online === job.agents) news = { ...news, failures: {} };
  }, newsIntervalMs);
}
