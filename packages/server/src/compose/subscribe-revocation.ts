import type { Clock } from '../domain/clock.ts';
import type { Grants } from '../domain/grants.ts';
import type { Log } from '../domain/log.ts';
import type { Bus, Notice } from '../domain/notices.ts';
import type { LiveCredential, LostCredential, Store } from '../domain/store.ts';
import type { AgentSessions } from '../links/agent/agent-sessions.ts';

/** A store that could not be read is asked again after that. */
const lookAgainMs = 1_000;
/**
 * An agent whose authtoken was read right before it was revoked or changed may come in right after. So there are two more looks:
 * one for the usual case, and one when its log-in is over in any case.
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

type Lost = Exclude<Notice, { type: 'document-changed' | 'certificate-changed' | 'missed' }>;

/** What a notice is about; without credential all of the account, without account everybody. */
type Whose = Partial<Pick<LiveCredential, 'accountId' | 'credentialId'>>;

/**
 * Revoked means now: what rests on a revoked credential or a suspended account loses its agent sessions and its streams. Agents
 * whose credential may open more or less than before bind again. When notices may have been missed, all is looked up.
 */
export function subscribeRevocation(bus: Bus, deps: RevocationDeps): () => void {
  const { store, agents, clock, log } = deps;
  const timers = new Map<string, () => void>();
  /** For one and the same reason once: what the earlier one would have found is found by the later. */
  const later = (delayMs: number, whose: Whose): void => {
    const reason = `${whose.accountId} ${whose.credentialId} ${delayMs}`;
    timers.get(reason)?.();
    const cancel = clock.after(delayMs, () => {
      timers.delete(reason);
      void look(whose);
    });
    timers.set(reason, cancel);
  };
  const lookForLateComers = (whose: Whose): void => {
    for (const delayMs of lateComersMs) later(delayMs, whose);
  };
  const take = (notice: Lost): void => log.info({ ...act(notice, deps) }, descriptions[notice.type]);
  let isStopped = false;
  const look = async (whose: Whose): Promise<void> => {
    try {
      const lost = await store.findLost(agents.credentials().filter((one) => isOf(whose, one)));
      if (isStopped || lost.length === 0) return;
      for (const notice of noticesOf(lost)) take(notice);
      lookForLateComers(whose);
    } catch (error) {
      if (isStopped) return;
      log.error({ err: error }, 'Cannot look up what live sessions rest on; trying again');
      later(lookAgainMs, whose);
    }
  };
  const unsubscribe = bus.subscribe((notice) => {
    if (notice.type === 'document-changed' || notice.type === 'certificate-changed') return;
    const whose = notice.type === 'missed' ? {} : notice;
    if (notice.type === 'missed') void look(whose);
    else take(notice);
    lookForLateComers(whose);
  });
  return () => {
    isStopped = true;
    unsubscribe();
    for (const cancel of timers.values()) cancel();
  };
}

function isOf({ accountId, credentialId }: Whose, live: LiveCredential): boolean {
  const isTheirs = accountId === undefined || live.accountId === accountId;
  return isTheirs && (credentialId === undefined || live.credentialId === credentialId);
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
  // A credential comes twice when its sessions began with different ACLs.
  for (const { accountId, credentialId, reason } of new Map(lost.map((one) => [one.credentialId, one])).values()) {
    if (reason !== 'suspended') yield { type: types[reason], accountId, credentialId };
  }
}
