import { type KeyObject, X509Certificate } from 'node:crypto';
import { AditError, type ErrorCode } from '@adit/contracts';
import { type Authority, authorityOf } from './authority.ts';

const maxAuthorities = 50;
const maxBytes = 262_144;
const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const minRsaBits = 2_048;
const curves: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/**
 * The CA certificates of texts in PEM, each once. Between two of them no line end is needed: SDKs send none.
 *
 * @throws {AditError} 1920, 1922, 1900: they cannot be read. 9231: too many. 9232: one is not that of a CA. 1909: the key of one is
 *   too weak, or of another type.
 */
export function readAuthorities(texts: readonly string[]): Authority[] {
  const all = texts.flatMap((text, i) => certificatesOf(text, i + 1));
  const authorities = new Map(all.map((certificate) => [certificate.fingerprint256, certificate]));
  if (authorities.size > maxAuthorities) {
    throw refused(9231, `there are ${authorities.size} of them, and ${maxAuthorities} are allowed`);
  }
  return [...authorities.values()].map(checked);
}

function certificatesOf(text: string, number: number): X509Certificate[] {
  if (Buffer.byteLength(text) > maxBytes) throw refused(1920, `number ${number} is longer than ${maxBytes} bytes`);
  if (text.includes('PRIVATE KEY')) throw refused(1920, `number ${number} holds a private key`);
  const blocks = text.match(block) ?? [];
  if (blocks.length === 0)
    throw refused(1922, `number ${number} is neither PEM with a certificate nor an id such as "ca_…"`);
  if (text.split('-----BEGIN ').length - 1 !== blocks.length) {
    throw refused(1920, `number ${number} holds something else than certificates, or one that has no end`);
  }
  return blocks.map((one) => {
    try {
      return new X509Certificate(one);
    } catch (cause) {
      throw refused(1900, `number ${number} holds one that is damaged`, cause);
    }
  });
}

function checked(certificate: X509Certificate): Authority {
  const name = JSON.stringify(certificate.subject.replaceAll('\n', ', ').slice(0, 200));
  if (!certificate.ca) throw refused(9232, `${name} is not the certificate of a CA (basicConstraints CA:TRUE)`);
  const why = weaknessOf(publicKeyOf(certificate));
  if (why !== null) throw refused(1909, `the key of ${name} ${why}`);
  try {
    return authorityOf(certificate);
  } catch (cause) {
    throw refused(1900, `${name} is damaged`, cause);
  }
}

function publicKeyOf(certificate: X509Certificate): KeyObject | undefined {
  try {
    return certificate.publicKey;
  } catch {
    return undefined;
  }
}

function weaknessOf(key: KeyObject | undefined): string | null {
  const { modulusLength = 0, namedCurve } = key?.asymmetricKeyDetails ?? {};
  switch (key?.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return modulusLength < minRsaBits ? `has ${modulusLength} bits, and ${minRsaBits} are needed` : null;
    case 'ec':
      return curves.has(namedCurve) ? null : 'is on none of the curves P-256, P-384 and P-521';
    case 'ed25519':
    case 'ed448':
      return null;
    default:
      return 'is of a type that is not supported';
  }
}

function refused(code: ErrorCode, why: string, cause?: unknown): AditError {
  return new AditError(code, `Cannot use "mutual_tls_certificate_authorities": ${why}`, { cause });
}
