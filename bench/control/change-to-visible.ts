// From the answer of the API until the edge acts on what it changed.
import type { Ready } from '../comeback/restartable-server.ts';
import { connectWith, type Session } from '../comeback/sdk.ts';
import { ApiClient } from './api-client.ts';

const times = 20;
const [owner, other] = [0, 1];

/** Milliseconds, of each time. */
export interface Visible {
  /** A name that was reserved, until an agent of another account is refused it. */
  readonly takenMs: readonly number[];
  /** The same name given up, until that agent has it. */
  readonly freeMs: readonly number[];
  /** An authtoken that was revoked, until the agent is told that had come with it. */
  readonly revokedMs: readonly number[];
}

/** @param servers Whose API is called, and where the agents are: two of one store, or twice the same. */
export async function timeVisible(checkout: string, servers: { api: Ready; agents: Ready }): Promise<Visible> {
  const api = new ApiClient(servers.api, 1);
  const open = () => openSession(api, checkout, servers.agents);
  const { session } = await open();
  const visible = { takenMs: [] as number[], freeMs: [] as number[], revokedMs: [] as number[] };
  for (let count = 0; count < times; count++) {
    const domain = `visible${count}.localhost`;
    const { text } = await api.call(
      { method: 'POST', path: '/reserved_domains', body: JSON.stringify({ domain }) },
      owner,
    );
    visible.takenMs.push(await timeUntil(async () => !(await isFree(session, domain))));
    const { id } = JSON.parse(text) as { id: string };
    await api.call({ method: 'DELETE', path: `/reserved_domains/${id}` }, owner);
    visible.freeMs.push(await timeUntil(() => isFree(session, domain)));
    visible.revokedMs.push(await revoke(api, await open()));
  }
  await session.close();
  api.close();
  return visible;
}

interface OpenSession {
  readonly session: Session;
  /** Of its authtoken in the API. */
  readonly path: string;
}

async function openSession(api: ApiClient, checkout: string, agents: Ready): Promise<OpenSession> {
  const { text } = await api.call({ method: 'POST', path: '/credentials', body: '{}' }, other);
  const { id, token } = JSON.parse(text) as { id: string; token: string };
  const { connect: serverAddr, caFile } = agents;
  return { session: await connectWith(checkout, { serverAddr, caFile, authtoken: token }), path: `/credentials/${id}` };
}

/** Asks again as soon as the answer before is there. */
async function timeUntil(isSo: () => Promise<boolean>): Promise<number> {
  const startedAtMs = performance.now();
  while (!(await isSo())) continue;
  return performance.now() - startedAtMs;
}

async function isFree(session: Session, host: string): Promise<boolean> {
  const forward = await session
    .forward({ upstream: 'http://127.0.0.1:9', url: `https://${host}` })
    .catch(() => undefined);
  await forward?.close();
  return forward !== undefined;
}

async function revoke(api: ApiClient, { session, path }: OpenSession): Promise<number> {
  const told = new Promise<number>((resolve) => {
    session.on('status', ({ state }) => state !== 'online' && resolve(performance.now()));
  });
  await api.call({ method: 'DELETE', path }, other);
  const answeredAtMs = performance.now();
  const toldAtMs = await told;
  await session.close();
  // It may be told before the caller is.
  return Math.max(0, toldAtMs - answeredAtMs);
}
