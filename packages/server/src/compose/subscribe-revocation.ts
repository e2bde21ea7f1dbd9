import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type { Bus, Notice } from '../domain/notices.ts';
import type { AgentSessions } from '../links/agent/agent-sessions.ts';
import { type CutRevokedDeps, cutRevoked } from './cut-revoked.ts';

/** A store that could not be read is asked again after that. */
const lookAgainMs = 1_000;
/**
 * An agent whose authtoken was read right before it was revoked may come in right after. So there are two more cuts: one for
 * the usual case, and one when its log-in is over in any case.
 */
const lateComersMs: readonly number[] = [1_000, 30_000];

/**
 * Revoked means now: a revoked credential loses its agent sessions, and every stream that rests on it is cut. One that may open
 * less has its agents bind again.
 */
export function subscribeRevocation(
  bus: Bus,
  {
    log,
    clock,
    ...deps
  }: CutRevokedDeps & { agents: Pick<AgentSessions, 'renewByCredential'>; log: Log; clock: Clock },
): () => void {
  const timers = new Set<() => void>();
  const later = (delayMs: number, work: () => void): void => {
    const cancel = clock.after(delayMs, () => {
      timers.delete(cancel);
      work();
    });
    timers.add(cancel);
  };
  const cut = ({ accountId, credentialId }: Revoked) => {
    const sessions = deps.agents.closeByCredential(credentialId);
    const streams = deps.grants.cutByCredential(accountId, credentialId);
    return { accountId, credentialId, sessions, streams };
  };
  const lookAgain = (): void => {
    cutRevoked(deps).catch(() => later(lookAgainMs, lookAgain));
  };
  const unsubscribe = bus.subscribe((notice) => {
    if (notice.type === 'document-changed') return;
    if (notice.type === 'missed') return lookAgain();
    if (notice.type === 'credential-changed') {
      const { accountId, credentialId } = notice;
      const sessions = deps.agents.renewByCredential(credentialId);
      return log.info({ accountId, credentialId, sessions }, 'Credential changed');
    }
    log.info(cut(notice), 'Credential revoked');
    for (const delayMs of lateComersMs) later(delayMs, () => cut(notice));
  });
  return () => {
    unsubscribe();
    for (const cancel of timers) cancel();
  };
}

type Revoked = Extract<Notice, { type: 'credential-revoked' }>;
