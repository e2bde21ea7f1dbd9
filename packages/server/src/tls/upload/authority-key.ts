import type { KeyObject, X509Certificate } from 'node:crypto';
import { AditError } from '@adit/contracts';
import { keyTypeOf } from './key-type.ts';
import { defaultUploadLimits } from './upload-limits.ts';

/** @throws {AditError} 1909: the key of a CA is of another type, too weak or too large. */
export function checkAuthorityKey(certificate: X509Certificate): void {
  keyTypeOf(publicKeyOf(certificate), defaultUploadLimits.maxAuthorityRsaBits);
}

function publicKeyOf(certificate: X509Certificate): KeyObject {
  try {
    return certificate.publicKey;
  } catch (cause) {
    throw new AditError(1909, 'Cannot use the certificates: one has a key of an unknown type', { cause });
  }
}
