import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { AditError, type ErrorCode } from '@adit/contracts';
import type { TlsDemands } from '@adit/policy-kit';
import type { TerminateTlsConfig } from './schema.ts';

type Pair = Pick<TerminateTlsConfig, 'server_certificate' | 'server_private_key'>;

/**
 * The certificate that the endpoint brought; null: none. Nothing of the key is in an error, nor is what the library says about it.
 *
 * @throws {AditError} 1900: the certificate cannot be read. 1902: the key is encrypted. 1903: it cannot be read. 1923: they are no
 *   pair. 9231: TLS does not take them.
 */
export function readOwnCertificate({
  server_certificate: cert,
  server_private_key: key,
}: Pair): TlsDemands['certificate'] {
  if (cert === undefined || key === undefined) return null;
  const certificate = read(cert);
  if (!certificate.checkPrivateKey(readKey(key))) {
    throw refused(1923, 'server_private_key', 'it does not belong to the first certificate of "server_certificate"');
  }
  try {
    createSecureContext({ cert, key });
  } catch {
    throw refused(9231, 'server_certificate', 'TLS does not accept it');
  }
  return { cert, key };
}

function read(cert: string): X509Certificate {
  try {
    return new X509Certificate(cert);
  } catch {
    throw refused(1900, 'server_certificate', 'it is not PEM with a certificate');
  }
}

function readKey(key: string): KeyObject {
  if (/BEGIN ENCRYPTED|Proc-Type: *4, *ENCRYPTED/.test(key))
    throw refused(1902, 'server_private_key', 'it is encrypted');
  try {
    return createPrivateKey(key);
  } catch {
    throw refused(1903, 'server_private_key', 'it is not PEM with a private key');
  }
}

function refused(code: ErrorCode, field: string, why: string): AditError {
  return new AditError(code, `Cannot use "${field}": ${why}`);
}
