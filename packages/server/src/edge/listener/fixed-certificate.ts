import { createSecureContext, type SecureContext } from 'node:tls';
import type { CertificatePem, CertificateSource } from '../../domain/certificates.ts';

/** One certificate, whatever the name: its owner knows for which ones it is good. */
export function fixedCertificate(certificate: CertificatePem): CertificateSource {
  let context: SecureContext | undefined;
  return {
    contextFor: async () => {
      context ??= createSecureContext({ ...certificate, minVersion: 'TLSv1.2' });
      return context;
    },
    certificateFor: () => Promise.resolve(certificate),
    caFile: null,
    caPem: null,
    close: () => {},
  };
}
