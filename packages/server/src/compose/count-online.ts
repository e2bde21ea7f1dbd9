import type { Id } from '@adit/contracts';
import { readRunningServer } from '../data-dir/running-server.ts';
import { loadSigningKey } from '../data-dir/signing-key.ts';
import type { Clock } from '../domain/clock.ts';
import { ownerProof } from './owner-proof.ts';

const answerTimeoutMs = 2_000;

/** Asks the server that runs on the data directory how many endpoints of the account are online; null: none answers. */
export async function countOnline(dataDir: string, accountId: Id<'account'>, clock: Clock): Promise<number | null> {
  const place = await readRunningServer(dataDir);
  if (!place) return null;
  const { host, port } = place.operatorAt;
  const proof = ownerProof('count-endpoints', await loadSigningKey(dataDir), clock.timeOfDay());
  try {
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/online/${accountId}`;
    const signal = AbortSignal.timeout(answerTimeoutMs);
    const answer = await fetch(url, { headers: { authorization: `Bearer ${proof}` }, signal });
    const said = (await answer.text()).trim();
    return answer.ok && /^\d{1,9}$/.test(said) ? Number(said) : null;
  } catch {
    return null;
  }
}
