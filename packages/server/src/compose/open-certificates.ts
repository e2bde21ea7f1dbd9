import type { ServerOptions } from '../config/server-options.ts';
import type { CertificateBody } from '../control/resources/certificates.ts';
import type { Directory } from '../directory/directory.ts';
import type { Reservations } from '../directory/reservations.ts';
import type { CertificateNotice, CertificatePem, CertificateSource } from '../domain/certificates.ts';
import type { Clock } from '../domain/clock.ts';
import type { DocumentKey } from '../domain/document.ts';
import type { Log } from '../domain/log.ts';
import type { Store } from '../domain/store.ts';
import { createDevelopmentCa } from '../tls/development-ca.ts';
import { createFileCertificate } from '../tls/file-certificate.ts';
import { ManagedCertificates, type ManagedCertificatesOptions } from '../tls/managed-certificates.ts';
import { ReservedCertificates } from '../tls/reserved-certificates.ts';
import type { Acme } from './open-acme.ts';

const schemes = ['https', 'tls', 'http'] as const;

interface CertificatesDeps {
  readonly dir: string;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly reservations: Reservations;
  readonly store: Pick<Store, 'findDocument' | 'readSecret' | 'readManagedCertificate'>;
  readonly log: Log;
  /** Undefined: no certificates are got by ACME. */
  readonly acme: Acme | undefined;
}

/**
 * What accounts gave to their names; for all others the operator's certificate where there is one, or what an authority issued;
 * else the development CA.
 */
export async function openCertificates(options: ServerOptions, deps: CertificatesDeps): Promise<CertificateSource> {
  const { reservations, store, log } = deps;
  const onNotice = ({ level, message }: CertificateNotice): void => log[level]({}, message);
  const ownBase = await openBase(options, { ...deps, onNotice });
  const base = deps.acme ? managed(deps.acme, { base: ownBase, domain: options.domain, store, onNotice }) : ownBase;
  return new ReservedCertificates({
    ...{ base, onNotice },
    find: (host) => reservations.certificateOf(host),
    load: ({ accountId, certificateId }) =>
      loadCertificate(store, { accountId, kind: 'tlsCertificate', id: certificateId as DocumentKey['id'] }),
  });
}

function managed(
  { known, manager }: Acme,
  more: Pick<ManagedCertificatesOptions, 'base' | 'domain' | 'onNotice'> & Pick<CertificatesDeps, 'store'>,
): CertificateSource {
  return new ManagedCertificates({
    ...more,
    servedFor: (host) => known.servedFor(host),
    load: (name) => more.store.readManagedCertificate(name),
    onMissing: (host) => manager.ask(host),
  });
}

function openBase(
  { domain, 'tls-cert': certFile, 'tls-key': keyFile }: ServerOptions,
  { dir, clock, directory, onNotice }: CertificatesDeps & { onNotice: (notice: CertificateNotice) => void },
): Promise<CertificateSource> {
  if (certFile && keyFile) return createFileCertificate({ certFile, keyFile, clock, onNotice });
  return createDevelopmentCa({
    ...{ dir, domain, clock, onNotice },
    isKnownHost: (host) => directory.isKnownHost(host),
    // All schemes: `http` names are asked for by browsers that try https first.
    isOnlineHost: (host) => schemes.some((scheme) => directory.find(scheme, host)?.endpoint.host === host),
  });
}

async function loadCertificate(
  store: Pick<Store, 'findDocument' | 'readSecret'>,
  key: DocumentKey,
): Promise<CertificatePem | undefined> {
  const [document, secret] = await Promise.all([store.findDocument(key), store.readSecret(key)]);
  if (!document || !secret) return undefined;
  return { cert: (document.body as CertificateBody).certificatePem, key: Buffer.from(secret).toString() };
}
