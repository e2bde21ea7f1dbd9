import type { Clock } from '../domain/clock.ts';
import type { Grants } from '../domain/grants.ts';
import type { Log } from '../domain/log.ts';
import type { Bus, Notice } from '../domain/notices.ts';
import type { LostCredential, Store } from '../domain/store.ts';
import type { AgentSessions } from '../links/agent/agent-sessions.ts';

/** A store that could not be read is asked again after that. */
const lookAgainMs = 1_000;
/**
 * An agent whose authtoken was read right before it was revoked may come in right after. So there are two more cuts: one for
 * the usual case, and one when its log-in is over in any case.
 */
const lateComersMs: readonly number[] = [1_000, 30_000];

export interface RevocationDeps {
  readonly store: Pick<Store, 'findLost'>;
  readonly agents: Pick<
    AgentSessions,
    'credentials' | 'closeByCredential' | 'pauseByCredential' | 'closeByAccount' | 'renewByCredential'
  >;
  readonly grants: Pick<Grants, 'cutByCredential' | 'cutByAccount'>;
  readonly clock: Clock;
  readonly log: Log;
}

type Lost = Exclude<Notice, { type: 'document-changed' | 'missed' }>;

/**
 * Revoked means now: what rests on a revoked credential or a suspended account loses its agent sessions and its streams. Agents
 * whose credential may open more or less than before bind again. When notices may have been missed, all is looked up.
 */
export function subscribeRevocation(bus: Bus, deps: RevocationDeps): () => void {
  const { store, agents, clock, log } = deps;
  const timers = new Set<() => void>();
  const later = (delayMs: number, work: () => void): void => {
    const cancel = clock.after(delayMs, () => {
      timers.delete(cancel);
      work();
    });
    timers.add(cancel);
  };
  const take = (notice: Lost): void => {
    log.info({ ...act(notice, deps) }, descriptions[notice.type]);
    if (notice.type === 'credential-changed') return;
    for (const delayMs of lateComersMs) later(delayMs, () => void act(notice, deps));
  };
  let isStopped = false;
  const look = async (): Promise<void> => {
    try {
      const lost = await store.findLost(agents.credentials());
      if (!isStopped) for (const notice of noticesOf(lost)) take(notice);
    } catch (error) {
      log.error({ err: error }, 'Cannot look up what live sessions rest on; trying again');
      later(lookAgainMs, () => void look());
    }
  };
  const unsubscribe = bus.subscribe((notice) => {
    if (notice.type === 'document-changed') return;
    if (notice.type !== 'missed') return take(notice);
    void look();
    // Once more: a session may just be let in by what was read before.
    later(lookAgainMs, () => void look());
  });
  return () => {
    isStopped = true;
    unsubscribe();
    for (const cancel of timers) cancel();
  };
}

const descriptions: Readonly<Record<Lost['type'], string>> = {
  'credential-revoked': 'Credential revoked',
  'credential-disabled': 'Owner of a credential disabled',
  'credential-changed': 'Credential changed',
  'account-suspended': 'Account suspended',
};

/** Answers what to log. */
function act(notice: Lost, { agents, grants }: RevocationDeps): object {
  const { accountId } = notice;
  if (notice.type === 'account-suspended') {
    return { accountId, sessions: agents.closeByAccount(accountId), streams: grants.cutByAccount(accountId) };
  }
  const { credentialId } = notice;
  if (notice.type === 'credential-changed') {
    return { accountId, credentialId, sessions: agents.renewByCredential(credentialId) };
  }
  const isDisabled = notice.type === 'credential-disabled';
  const sessions = isDisabled ? agents.pauseByCredential(credentialId) : agents.closeByCredential(credentialId);
  return { accountId, credentialId, sessions, streams: grants.cutByCredential(accountId, credentialId) };
}

const types = {
  revoked: 'credential-revoked',
  disabled: 'credential-disabled',
  changed: 'credential-changed',
} as const;

/** One for each account and credential. */
function* noticesOf(lost: readonly LostCredential[]): Generator<Lost> {
  const suspended = new Set(lost.filter(({ reason }) => reason === 'suspended').map(({ accountId }) => accountId));
  for (const accountId of suspended) yield { type: 'account-suspended', accountId };
  for (const { accountId, credentialId, reason } of lost) {
    if (reason !== 'suspended') yield { type: types[reason], accountId, credentialId };
  }
}
