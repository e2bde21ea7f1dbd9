import type { X509Certificate } from 'node:crypto';
import { AditError } from '@adit/contracts';
import type { UploadedAuthority } from '../../domain/certificate-facts.ts';
import { checkAuthorityKey } from './authority-key.ts';
import { certificateFacts } from './certificate-facts.ts';
import { readCertificates } from './certificate-pem.ts';
import { defaultUploadLimits } from './upload-limits.ts';
import { readUploadedRevocation } from './uploaded-revocation.ts';

/**
 * Checks CA certificates that were uploaded, in any order: each may issue certificates (basicConstraints, RFC 5280 §4.2.1.9;
 * the first version of X.509 has none) and has a key that is strong enough. They may have expired.
 *
 * @param pem.revocationListPem Empty: there is none.
 * @throws {AditError} 1900, 1920, 1922, 9231: they cannot be read, or are too many. 1909: a key of another type, too weak or
 *   too large. 9232: one is not that of a CA. 9233, 9234: see `readUploadedRevocation`.
 */
export async function readUploadedAuthority({
  caPem: pem,
  revocationListPem,
  nowMs,
}: {
  readonly caPem: string;
  readonly revocationListPem: string;
  readonly nowMs: number;
}): Promise<UploadedAuthority> {
  const certificates = readCertificates(pem, defaultUploadLimits.maxAuthorityCertificates);
  checkAuthorities(certificates);
  const caPem = certificates.map((certificate) => certificate.toString()).join('');
  const authority = { caPem, facts: await certificateFacts(certificates[0]) };
  if (revocationListPem === '') return authority;
  return { ...authority, revocation: await readUploadedRevocation(revocationListPem, { certificates, nowMs }) };
}

function checkAuthorities(certificates: readonly X509Certificate[]): void {
  for (const [i, certificate] of certificates.entries()) {
    if (!certificate.ca) throw new AditError(9232, `Cannot use the certificates: number ${i + 1} is not that of a CA`);
    checkAuthorityKey(certificate);
  }
}
