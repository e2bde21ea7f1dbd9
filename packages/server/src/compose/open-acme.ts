import { randomUUID } from 'node:crypto';
import { defaultAcmeLimits as limits } from '../acme/acme-limits.ts';
import { Authority } from '../acme/authority.ts';
import { countCertificates } from '../acme/certificate-counts.ts';
import { CertificateManager } from '../acme/certificate-manager.ts';
import { ChallengeAnswers } from '../acme/challenge-answers.ts';
import type { DnsSolver } from '../acme/dns/dns-solver.ts';
import { KnownCertificates } from '../acme/known-certificates.ts';
import { loadAcme } from '../config/load-acme.ts';
import type { Directory } from '../directory/directory.ts';
import type { Reservations } from '../directory/reservations.ts';
import { makeChallengeCertificate } from '../tls/issue.ts';
import { serverVersion } from '../version.ts';
import { followCertificates } from './follow-certificates.ts';
import type { Foundation } from './open-foundation.ts';

/** Certificates from authorities, where they are got. */
export interface Acme {
  readonly known: KnownCertificates;
  readonly manager: CertificateManager;
  readonly answers: ChallengeAnswers;
}

export interface AcmeDeps {
  readonly foundation: Foundation;
  readonly directory: Pick<Directory, 'find'>;
  readonly reservations: Reservations;
  /** Undefined: names are not proved in the DNS, so there are no wildcards. */
  readonly dns: DnsSolver | undefined;
}

/**
 * Undefined: they are not got. Orders begin when `manager.start` is called.
 *
 * @throws {AditError} 9201, 9202: a file that an option names.
 */
export async function openAcme(opened: AsyncDisposableStack, deps: AcmeDeps): Promise<Acme | undefined> {
  const { foundation, directory, reservations, dns } = deps;
  const { options, store, bus, clock, log, metrics } = foundation;
  const settings = await loadAcme(options);
  if (!settings) return undefined;
  // Takes some 300 ms, in which nobody should have to wait.
  await import('acme-client');
  const known = new KnownCertificates();
  opened.defer(await followCertificates(known, { store, bus, clock, log }));
  const { email, roots } = settings;
  const authorities = settings.directoryUrls.map((directoryUrl, index) => {
    const externalAccount = index === 0 ? settings.externalAccount : undefined;
    const account = { directoryUrl, email, externalAccount, roots, userAgent: `adit/${serverVersion}` };
    return new Authority({ ...account, store, clock, limits });
  });
  opened.defer(() => {
    for (const authority of authorities) authority.close();
  });
  const manager = new CertificateManager({
    ...{ store, bus, clock, log, limits, known, authorities, dns, serverId: randomUUID(), random: Math.random },
    ...{ domain: options.domain, hasDns: dns !== undefined },
    reserved: () => reservations.hosts(),
    isLive: (host) => reservations.certificateOf(host) === undefined && isServedHere(directory, host),
  });
  opened.defer(() => manager.close());
  opened.defer(reservations.watch(() => manager.look()));
  const count = () => countCertificates(known.all(), clock.timeOfDay());
  for (const state of ['valid', 'pending', 'failed', 'expired'] as const) {
    metrics.gauge(`adit_managed_certificates_${state}`, () => count()[state]);
  }
  metrics.gauge('adit_managed_certificate_earliest_end_seconds', () => count().earliestEndSeconds);
  const makeCertificate = (host: string, keyAuthorization: string) =>
    makeChallengeCertificate(host, { keyAuthorization, nowMs: clock.timeOfDay() });
  return { known, manager, answers: new ChallengeAnswers({ store, clock, log, limits, makeCertificate }) };
}

/** Whether the TLS of that very host ends here, with a certificate that this server has to have. */
function isServedHere(directory: Pick<Directory, 'find'>, host: string): boolean {
  const route = directory.find('https', host) ?? directory.find('tls', host);
  if (route?.endpoint.host !== host) return false;
  return route.tls === null || (route.tls.kind === 'edge' && route.tls.certificate === null);
}
