import type { RestartableServer } from '../comeback/restartable-server.ts';
import { processorSeconds } from '../processes/processor-time.ts';
import { quantile } from '../report/quantile.ts';
import { type ApiCall, ApiClient } from './api-client.ts';
import { accountCount, idOf, type Sizes } from './seed-sql.ts';

export interface ApiLoad {
  readonly name: string;
  readonly clients: number;
  /** The call that is made for that account, the `count`th. */
  call(account: number, count: number): ApiCall;
}

/** Milliseconds, but where the name says otherwise. */
export interface ApiLoadResult {
  readonly load: string;
  readonly clients: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverMicros: number;
  readonly longestTurnMs: number;
  readonly mostComputedMs: number;
  /** By status; whatever is above 299 says that something else was measured. */
  readonly statuses: Readonly<Record<number, number>>;
}

export function apiLoads({ credentials }: Sizes): ApiLoad[] {
  const perAccount = Math.floor(credentials / accountCount);
  const one = (account: number, count: number): ApiCall => {
    const number = account + accountCount * (count % perAccount);
    return { method: 'GET', path: `/credentials/${idOf('cr', number)}` };
  };
  const list = (): ApiCall => ({ method: 'GET', path: '/credentials?limit=100' });
  const create = (): ApiCall => ({ method: 'POST', path: '/ip_policies', body: '{"description":"bench"}' });
  return [
    { name: 'GET one', clients: 50, call: one },
    { name: 'GET a list of 100', clients: 50, call: list },
    { name: 'POST, one client', clients: 1, call: create },
    { name: 'POST', clients: 50, call: create },
  ];
}

/** Has so many clients make one call after the other for a while. */
export async function runApiLoad(server: RestartableServer, load: ApiLoad, seconds: number): Promise<ApiLoadResult> {
  const client = new ApiClient(server.ready, load.clients);
  const latenciesMs: number[] = [];
  const statuses: Record<number, number> = {};
  let count = 0;
  // The first calls open connections.
  const work = async (untilMs: number, isCounted: boolean): Promise<void> => {
    while (performance.now() < untilMs) {
      const account = count++ % accountCount;
      const startedAtMs = performance.now();
      const { status } = await client.call(load.call(account, count), account);
      if (!isCounted) continue;
      latenciesMs.push(performance.now() - startedAtMs);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  const all = (untilMs: number, isCounted: boolean) =>
    Promise.all(Array.from({ length: load.clients }, () => work(untilMs, isCounted)));
  await all(performance.now() + seconds * 100, false);
  await server.loopTurns();
  const [before, startedAtMs] = [processorSeconds([server.pid]), performance.now()];
  await all(startedAtMs + seconds * 1000, true);
  const [took, used] = [(performance.now() - startedAtMs) / 1000, processorSeconds([server.pid]) - before];
  client.close();
  const { longestMs, mostComputedMs } = await server.loopTurns();
  return {
    ...{ load: load.name, clients: load.clients, perSecond: latenciesMs.length / took, statuses },
    ...{ p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99) },
    ...{ serverMicros: (used * 1e6) / latenciesMs.length, longestTurnMs: longestMs, mostComputedMs },
  };
}
