import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '@adit/contracts';
import type { ConnectFacts, EndpointFacts } from '@adit/policy-kit';
import { nextTurn } from '../../packages/server/src/domain/wait.ts';
import type { Chains, LiveChain } from '../../packages/server/src/policy/chains.ts';
import { ExplainedRequest } from '../../packages/server/src/policy/explain/explained-request.ts';
import type { Options } from '../options.ts';
import { markdownTable } from '../report/table.ts';
import { type Case, cases } from './cases.ts';
import { type BenchAccount, openEngine } from './parts.ts';

const accountId = newId('account', 1);
const connection: ConnectFacts = {
  ...{ clientIp: '203.0.113.7', clientPort: 50_000, serverIp: '192.0.2.1', serverPort: 443, serverName: 'app.test' },
};
const endpoint: EndpointFacts = { id: 'ep', url: 'https://app.test', scheme: 'https', host: 'app.test', port: 443 };
const usual = {
  ...({ method: 'GET', scheme: 'https', authority: 'app.test', host: 'app.test', target: '/' } as const),
  ...{ upgrade: null, body: null, nowMs: 0 },
};
const usualHeaders = [
  'host',
  'app.test',
  'user-agent',
  'Mozilla/5.0 (X11; Linux x86_64)',
  'accept',
  '*/*',
  'accept-encoding',
  'gzip, br',
];

/** What decisions cost, and what changes do, in this process alone: no network, no store. */
export async function measurePolicy({ rounds, scale }: Pick<Options, 'rounds' | 'scale'>): Promise<void> {
  const rows: string[][] = [];
  for (const one of cases) rows.push(await measureCase(one, rounds));
  console.log(markdownTable(['policy', 'µs per request', 'ms to compile'], rows));
  console.log(`\n${await measureChanges(Math.ceil(10_000 * scale))}`);
}

async function measureCase(one: Case, rounds: number): Promise<string[]> {
  const chains = openEngine({ organisation: {} });
  const begin = performance.now();
  const live = await open(chains, one, 'https://app.test');
  const compileMs = performance.now() - begin;
  const costs: number[] = [];
  for (let round = 0; round <= rounds; round++) costs.push(await costOf(live, one));
  live.close();
  // The first round warms up.
  const [median = 0] = costs
    .slice(1)
    .sort((a, b) => a - b)
    .slice(Math.floor(rounds / 2));
  return [one.name, median.toFixed(2), compileMs.toFixed(1)];
}

/** Microseconds, the request's own view included. */
async function costOf({ chain }: LiveChain, { times, request = {} }: Case): Promise<number> {
  const headers = [...usualHeaders, ...(request.headers ?? [])];
  const begin = performance.now();
  for (let i = 0; i < times; i++) {
    const view = new ExplainedRequest({ ...usual, ...request, headers });
    const visit = chain.visit(connection, endpoint);
    const decision = visit.request(view).decide();
    const { outcome } = decision instanceof Promise ? await decision : decision;
    if (outcome !== 'continue') throw new Error(`The request was refused: ${outcome}`);
  }
  return ((performance.now() - begin) * 1_000) / times;
}

async function open(chains: Chains, { document }: Pick<Case, 'document'>, url: string): Promise<LiveChain> {
  return await chains.open({ accountId, url, protocol: 'https', layer: 'agent', document });
}

/** Many endpoints with policies of their own, and a rule of the account's that changes for all of them. */
async function measureChanges(count: number): Promise<string> {
  const account: BenchAccount = { organisation: {} };
  const chains = openEngine(account);
  const { document } = cases.find(({ name }) => name === '10 actions') as Case;
  const before = usedBytes();
  const begin = performance.now();
  const live: LiveChain[] = [];
  let replaced = 0;
  for (let i = 0; i < count; i++) {
    const one = await open(chains, { document }, `https://app-${i}.test`);
    one.follow({ onReplaced: () => replaced++, onLacking: () => undefined });
    live.push(one);
  }
  const openMs = performance.now() - begin;
  const heldKb = (usedBytes() - before) / 1024 / count;
  account.organisation = {
    on_tcp_connect: [
      { name: '', expressions: [], actions: [{ type: 'restrict-ips', config: { deny: ['10.0.0.0/8'] } }] },
    ],
  };
  const longest = watchTurns();
  const changedAt = performance.now();
  await chains.refresh(accountId);
  const changeMs = performance.now() - changedAt;
  const longestMs = await longest.stop();
  if (replaced !== count) throw new Error(`${replaced} of ${count} endpoints got a new chain`);
  for (const one of live) one.close();
  const row = [
    String(count),
    (openMs / count).toFixed(2),
    heldKb.toFixed(1),
    changeMs.toFixed(0),
    longestMs.toFixed(0),
  ];
  return markdownTable(
    ['endpoints with 10 actions', 'ms to open one', 'KB held by one', 'ms to change all', 'longest turn, ms'],
    [row],
  );
}

function usedBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** How long the event loop was away at most. */
function watchTurns(): { stop(): Promise<number> } {
  let longestMs = 0;
  let isOver = false;
  const watching = (async () => {
    for (let last = performance.now(); !isOver; ) {
      await nextTurn();
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }
  })();
  return {
    async stop() {
      await pause(10);
      isOver = true;
      await watching;
      return longestMs;
    },
  };
}
