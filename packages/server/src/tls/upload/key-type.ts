import type { KeyObject } from 'node:crypto';
import { AditError } from '@adit/contracts';
import type { KeyType } from '../../domain/certificate-facts.ts';
import { defaultUploadLimits } from './upload-limits.ts';

/** P-256, P-384, P-521: the curves that TLS 1.3 signs with (RFC 8446 §4.2.3). */
const curves: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/**
 * The type of a key that may be in a certificate here.
 *
 * @param maxRsaBits Depends on what the key is for.
 * @throws {AditError} 1909: another type, or too weak or too large.
 */
export function keyTypeOf(key: KeyObject, maxRsaBits: number): KeyType {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = key;
  if (type === 'ed25519') return 'ed25519';
  if (type === 'ec') {
    if (curves.has(details.namedCurve)) return 'ecdsa';
    throw refused('its curve is none of P-256, P-384 and P-521');
  }
  if (type !== 'rsa') throw refused('it is neither RSA, nor ECDSA, nor Ed25519');
  const { minRsaBits } = defaultUploadLimits;
  const { modulusLength: bits = 0 } = details;
  if (bits >= minRsaBits && bits <= maxRsaBits) return 'rsa';
  throw refused(`it has ${bits} bits; RSA keys need ${minRsaBits} to ${maxRsaBits}`);
}

function refused(why: string): AditError {
  return new AditError(1909, `Cannot use the key: ${why}`);
}
