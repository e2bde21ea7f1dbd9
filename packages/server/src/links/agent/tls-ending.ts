import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { AditError } from '@adit/contracts';
import type { EndpointOptions } from '@adit/wire';
import type { CertificatePem } from '../../domain/certificates.ts';
import type { TlsEnding } from '../../domain/route.ts';
import { unsupported } from './refuse-unsupported.ts';

/**
 * Who ends the TLS of a tls endpoint (agent protocol, §11.3).
 *
 * @throws {AditError} 301: certificate and key are not a pair. 9403: a key sealed for somebody else.
 */
export function readTlsEnding({ TLSTermination: termination }: EndpointOptions): TlsEnding {
  if (termination === null) return { kind: 'passthrough' };
  const { cert, key, sealed_key: sealedKey } = termination;
  if (sealedKey !== '') throw unsupported('TLSTermination.sealed_key');
  if (cert === '' && key === '') return { kind: 'edge', certificate: null };
  const certificate = { cert: pemOf(cert), key: pemOf(key) };
  if (!isPair(certificate)) {
    throw new AditError(301, 'Cannot open the endpoint: its certificate and private key are not a pair in PEM');
  }
  return { kind: 'edge', certificate };
}

/** Asked twice: a TLS context reads the whole chain, but does not mind a key that is missing or of another kind. */
function isPair({ cert, key }: CertificatePem): boolean {
  try {
    createSecureContext({ cert, key });
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    // The cause could quote the key.
    return false;
  }
}

function pemOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
