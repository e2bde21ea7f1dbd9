import type { ServerOptions } from '../config/server-options.ts';
import type { Directory } from '../directory/directory.ts';
import type { CertificateNotice, CertificateSource } from '../domain/certificates.ts';
import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { createDevelopmentCa } from '../tls/development-ca.ts';
import { createFileCertificate } from '../tls/file-certificate.ts';

const schemes = ['https', 'tls', 'http'] as const;

/** The operator's certificate where there is one, else the development CA. */
export function openCertificates(
  options: ServerOptions,
  { dir, clock, directory, log }: { dir: string; clock: Clock; directory: Directory; log: Log },
): Promise<CertificateSource> {
  const onNotice = ({ level, message }: CertificateNotice): void => log[level]({}, message);
  const { domain, 'tls-cert': certFile, 'tls-key': keyFile } = options;
  if (certFile && keyFile) return createFileCertificate({ certFile, keyFile, clock, onNotice });
  return createDevelopmentCa({
    ...{ dir, domain, clock, onNotice },
    isKnownHost: (host) => directory.isKnownHost(host),
    // All schemes: `http` names are asked for by browsers that try https first.
    isOnlineHost: (host) => schemes.some((scheme) => directory.find(scheme, host)?.endpoint.host === host),
  });
}
