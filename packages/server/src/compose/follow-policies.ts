import type { Id } from '@adit/contracts';
import type { Clock } from '../domain/clock.ts';
import type { DocumentKind } from '../domain/document.ts';
import type { Log } from '../domain/log.ts';
import type { Bus } from '../domain/notices.ts';
import type { AgentSessions } from '../links/agent/agent-sessions.ts';
import type { Chains } from '../policy/chains.ts';
import type { IpGates } from '../policy/ip-gates.ts';
import { LookUps } from './look-ups.ts';

/** What chains rest on besides the rules of endpoints. */
const kinds: ReadonlySet<DocumentKind> = new Set([
  'accountRules',
  'certificateAuthority',
  'ipPolicy',
  'ipPolicyRule',
  'ipRestriction',
  'secret',
  'vault',
]);

export interface FollowDeps {
  readonly chains: Pick<Chains, 'refresh' | 'refreshAll'>;
  readonly gates: Pick<IpGates, 'forget' | 'forgetAll' | 'admits'>;
  readonly agents: Pick<AgentSessions, 'addressesOf' | 'accounts' | 'closeByAddress'>;
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keeps chains and gates as the store has what they rest on: at each notice, and again until the store answers. Agents that may no
 * longer be where they are lose their sessions. Answers how to stop.
 */
export function followPolicies(deps: FollowDeps): () => void {
  const { chains, gates, agents } = deps;
  const lookUps = new LookUps(deps);
  lookUps.begin();
  const refresh = async (accountId: Id<'account'>): Promise<void> => {
    gates.forget(accountId);
    await closeRefused(accountId, deps);
    await chains.refresh(accountId);
  };
  const stop = deps.bus.subscribe((notice) => {
    if (notice.type === 'missed') {
      lookUps.ask('all', async () => {
        gates.forgetAll();
        for (const accountId of agents.accounts()) await closeRefused(accountId, deps);
        await chains.refreshAll();
      });
    }
    if (notice.type === 'document-changed' && kinds.has(notice.kind)) {
      lookUps.ask(notice.accountId, () => refresh(notice.accountId));
    }
  });
  return () => {
    lookUps.stop();
    stop();
  };
}

async function closeRefused(accountId: Id<'account'>, { gates, agents, log }: FollowDeps): Promise<void> {
  for (const address of agents.addressesOf(accountId)) {
    if (await gates.admits(accountId, 'agent', address)) continue;
    log.info({ accountId, sessions: agents.closeByAddress(accountId, address) }, 'Agents may not connect from there');
  }
}
