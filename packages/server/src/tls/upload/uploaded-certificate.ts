import { type KeyObject, sign, verify, type X509Certificate } from 'node:crypto';
import { AditError } from '@adit/contracts';
import type { UploadedCertificate } from '../../domain/certificate-facts.ts';
import { makeSecureContext } from '../leaf-cache.ts';
import { checkAuthorityKey } from './authority-key.ts';
import { certificateFacts } from './certificate-facts.ts';
import { readCertificates, unusable } from './certificate-pem.ts';
import { keyTypeOf } from './key-type.ts';
import { readPrivateKey } from './private-key-pem.ts';
import { defaultUploadLimits } from './upload-limits.ts';

type Chain = readonly [X509Certificate, ...X509Certificate[]];

/**
 * Checks a certificate that was uploaded with its private key: the certificate first, each CA after the one it issued, a key
 * that belongs to the first, is strong enough and not encrypted. It may have expired. What comes back holds nothing but that.
 *
 * @throws {AditError} 1900, 1920, 1922: the certificates cannot be read. 1901, 1902, 1903, 1924: the key cannot. 1909: a key
 *   of another type, too weak or too large. 1923: the key of another certificate. 9231: no chain, or TLS does not take it.
 */
export async function readUploadedCertificate(pem: {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}): Promise<UploadedCertificate> {
  const chain = readCertificates(pem.certificatePem, defaultUploadLimits.maxChainCertificates);
  const key = readPrivateKey(pem.privateKeyPem);
  const privateKeyType = keyTypeOf(key, defaultUploadLimits.maxRsaBits);
  checkBelongs(key, chain);
  checkChain(chain);
  const certificatePem = chain.map((certificate) => certificate.toString()).join('');
  const privateKeyPem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  checkTls(certificatePem, privateKeyPem);
  return { certificatePem, privateKeyPem, privateKeyType, facts: await certificateFacts(chain[0]) };
}

function checkBelongs(key: KeyObject, [leaf, ...others]: Chain): void {
  if (belongs(key, leaf)) return;
  const isLater = others.some((certificate) => certificate.checkPrivateKey(key));
  const why = isLater ? 'its certificate is not the first one' : 'it does not belong to the first certificate';
  throw new AditError(1923, `Cannot use the private key: ${why}`);
}

/** Tried out: a damaged key may have the right public part. */
function belongs(key: KeyObject, certificate: X509Certificate): boolean {
  if (!certificate.checkPrivateKey(key)) return false;
  const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const text = Buffer.from('Adit');
  try {
    return verify(algorithm, text, certificate.publicKey, sign(algorithm, text, key));
  } catch {
    return false;
  }
}

function checkChain(chain: Chain): void {
  for (const [i, issuer] of chain.entries()) {
    const issued = chain[i - 1];
    if (issued === undefined) continue;
    checkAuthorityKey(issuer);
    if (!issuer.ca) throw unusable(`number ${i + 1} is not that of a CA`);
    if (!isIssuedBy(issued, issuer)) throw unusable(`number ${i + 1} did not issue number ${i}`);
  }
}

/** By its name, and in truth. */
function isIssuedBy(issued: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return issued.checkIssued(issuer) && issued.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

/** TLS has rules of its own, such as against signatures with old hash functions. */
function checkTls(cert: string, key: string): void {
  try {
    makeSecureContext({ cert, key });
  } catch (cause) {
    throw unusable('TLS does not accept them', cause);
  }
}
