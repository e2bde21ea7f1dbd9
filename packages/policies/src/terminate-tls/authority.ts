import type { X509Certificate } from 'node:crypto';
import { childrenOf, hashOf, readDer, readExtensions } from '@adit/policy-kit';

// Bytes of the object identifiers, hexadecimal (RFC 5280 §4.2.1).
const basicConstraints = '551d13';
const keyUsage = '551d0f';
const extendedKeyUsage = '551d25';
const nameConstraints = '551d1e';
const understood: ReadonlySet<string> = new Set([basicConstraints, keyUsage, extendedKeyUsage]);
const clientAuth = '1.3.6.1.5.5.7.3.2';
const anyUsage = '2.5.29.37.0';

/** A CA certificate that the owner trusts. */
export interface Authority {
  readonly certificate: X509Certificate;
  readonly isRoot: boolean;
  /** How many authorities there may be below it; null: any number. */
  readonly pathLength: number | null;
  /** False: what it may sign for is more than is understood here; only TLS itself can tell. */
  readonly isPlain: boolean;
}

/** @throws {RangeError} It cannot be read, though OpenSSL could. */
export function authorityOf(certificate: X509Certificate): Authority {
  const [body, algorithm] = childrenOf(readDer(certificate.raw));
  const fields = body ? childrenOf(body) : [];
  const extensions = readExtensions(fields.find(({ tag }) => tag === 0xa3));
  const constraints = extensions.find(({ id }) => id === basicConstraints);
  const length = constraints && childrenOf(constraints.value).find(({ tag }) => tag === 0x02);
  const isUnderstood = extensions.every(({ id, isCritical }) => understood.has(id) || !isCritical);
  const isFree = !extensions.some(({ id }) => id === nameConstraints);
  const isRoot = isSelfSigned(certificate);
  // Who signed a root is not asked: it is trusted as it stands.
  const isStrong = isRoot || (algorithm !== undefined && hashOf(algorithm) !== undefined);
  return {
    certificate,
    isRoot,
    pathLength: length ? Number.parseInt(length.content.toString('hex'), 16) : null,
    isPlain: isUnderstood && isFree && isStrong && maySignForClients(certificate),
  };
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
}

/** Node calls the extended usage so. */
function maySignForClients({ keyUsage: usages }: X509Certificate): boolean {
  return usages === undefined || usages.includes(clientAuth) || usages.includes(anyUsage);
}

export function isInForce({ validFromDate, validToDate }: X509Certificate, nowMs: number): boolean {
  return validFromDate.getTime() <= nowMs && nowMs <= validToDate.getTime();
}
