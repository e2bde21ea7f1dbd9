import type { Id } from '@adit/contracts';

/** What an account can keep to some addresses. */
export type RestrictedPart = 'agent' | 'api' | 'dashboard' | 'endpoints';

/** Keeps strangers from the account's own doors by the address they come from, as its IP restrictions say. */
export interface IpGate {
  /** @throws When that cannot be said: whoever asks refuses. */
  admits(accountId: Id<'account'>, part: 'agent' | 'api', clientIp: string | undefined): Promise<boolean>;
}
