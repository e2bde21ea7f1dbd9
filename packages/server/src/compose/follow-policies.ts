import type { Clock } from '../domain/clock.ts';
import type { DocumentKind } from '../domain/document.ts';
import type { Log } from '../domain/log.ts';
import type { Bus } from '../domain/notices.ts';
import type { Chains } from '../policy/chains.ts';
import { LookUps } from './look-ups.ts';

/** What chains rest on besides the rules of endpoints. */
const kinds: ReadonlySet<DocumentKind> = new Set([
  'certificateAuthority',
  'ipPolicy',
  'ipPolicyRule',
  'secret',
  'vault',
]);

/** Keeps chains as the store has what they rest on: at each notice, and again until the store answers. Answers how to stop. */
export function followPolicies(
  chains: Pick<Chains, 'refresh' | 'refreshAll'>,
  deps: { readonly bus: Pick<Bus, 'subscribe'>; readonly clock: Clock; readonly log: Log },
): () => void {
  const lookUps = new LookUps(deps);
  lookUps.begin();
  const stop = deps.bus.subscribe((notice) => {
    if (notice.type === 'missed') lookUps.ask('all', () => chains.refreshAll());
    if (notice.type === 'document-changed' && kinds.has(notice.kind)) {
      lookUps.ask(notice.accountId, () => chains.refresh(notice.accountId));
    }
  });
  return () => {
    lookUps.stop();
    stop();
  };
}
