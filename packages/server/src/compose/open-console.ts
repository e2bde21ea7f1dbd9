import { createHmac } from 'node:crypto';
import { policyModules } from '@adit/policies';
import { defaultApiLimits } from '../control/api-limits.ts';
import { createControlApi } from '../control/create-control-api.ts';
import { LoginThrottle } from '../control/login/login-throttle.ts';
import { Passwords } from '../control/login/passwords.ts';
import { createTxtResolver } from '../dns/txt-resolver.ts';
import type { Bus } from '../domain/notices.ts';
import type { Readiness } from '../domain/readiness.ts';
import type { Route } from '../domain/route.ts';
import { createLocalLink } from '../links/local/local-link.ts';
import { whyNeverMet } from '../policy/compile/check-requirements.ts';
import { emptyChain } from '../policy/run/empty-chain.ts';
import { readUploadedAuthority } from '../tls/upload/uploaded-authority.ts';
import { readUploadedCertificate } from '../tls/upload/uploaded-certificate.ts';
import type { Foundation } from './open-foundation.ts';
import type { Rooms } from './open-rooms.ts';

export interface Console {
  isReady(): Promise<Readiness>;
  /** Puts the API on the edge as `api.<domain>`; its own listener uses the same route. */
  publishApi(): Route;
}

/** The control API behind the `local` link, so that its callers pass the same chain as everybody's visitors. */
export async function openConsole(
  opened: AsyncDisposableStack,
  {
    foundation,
    rooms,
    bus,
    publicUrl,
  }: {
    foundation: Foundation;
    rooms: Pick<Rooms, 'directory' | 'agents' | 'acme' | 'gates' | 'cloud' | 'checkPolicy' | 'explain' | 'traces'>;
    bus: Bus;
    publicUrl(): string;
  },
): Promise<Console> {
  const { store, clock, log, options, signingKey } = foundation;
  const { directory, agents, acme } = rooms;
  const isReady = async (): Promise<Readiness> => {
    await store.ping();
    return { isReady: true };
  };
  const api = await createControlApi({
    ...{ store, bus, clock, log, isReady, publicUrl, names: directory, limits: defaultApiLimits },
    logins: { passwords: new Passwords(), throttle: new LoginThrottle(clock) },
    resolveTxt: createTxtResolver(options['dns-resolver']),
    gate: rooms.gates,
    whyNeverMet: (required) => whyNeverMet(required, policyModules),
    traces: rooms.traces,
    digest: (text) => createHmac('sha256', signingKey).update(`idempotency ${text}`).digest('base64url'),
    managedCertificateOf: (host) => acme?.known.bestFor(host),
    readCertificate: readUploadedCertificate,
    readAuthority: (pem) => readUploadedAuthority({ ...pem, nowMs: clock.timeOfDay() }),
    listEndpoints: (accountId) => directory.list(accountId),
    checkPolicy: rooms.checkPolicy,
    explain: rooms.explain,
    whyOffline: (key) => rooms.cloud.whyOffline(key),
    healthOf: (key) => agents.healthOf(key),
    listAgentSessions: (accountId) => agents.list(accountId),
    commandAgent: (key, command) => agents.command(key, command),
  });
  opened.defer(() => api.closeAllConnections());
  const link = createLocalLink(api, { stall: { clock, timeoutMs: defaultApiLimits.answerStallMs } });
  const service = { host: `api.${options.domain}`, scheme: 'https', chain: emptyChain, bindId: 'api' } as const;
  return { isReady, publishApi: () => directory.publishService({ ...service, link }) };
}
