import { createPublicKey, type KeyObject } from 'node:crypto';
import { type Algorithm, algorithmsOf } from './algorithms.ts';

/** A public key of a key set, with all that it may be used for. */
export interface VerificationKey {
  readonly kid: string | undefined;
  readonly algorithms: readonly Algorithm[];
  readonly key: KeyObject;
}

const maxKeys = 100;

/**
 * The keys of a JWKS (RFC 7517 §5) that can verify signatures. Others, of unknown kinds, for encryption, or too weak, are passed
 * over; so is what is secret in a key.
 *
 * @throws It is no key set.
 */
export function parseKeySet(text: string): VerificationKey[] {
  const set: unknown = JSON.parse(text);
  const keys = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined;
  if (!Array.isArray(keys) || keys.length > maxKeys) throw new TypeError('This is no key set');
  return keys.flatMap((jwk: unknown) => (typeof jwk === 'object' && jwk !== null ? importKey({ ...jwk }) : []));
}

function importKey(jwk: Readonly<Record<string, unknown>>): VerificationKey[] {
  const { kty, crv, kid, use, alg, key_ops: uses } = jwk;
  const algorithms = algorithmsOf(kty, crv).filter((name) => alg === undefined || alg === name);
  const isForSignatures = use === undefined || use === 'sig';
  const mayVerify = uses === undefined || (Array.isArray(uses) && uses.includes('verify'));
  if (algorithms.length === 0 || !isForSignatures || !mayVerify) return [];
  try {
    const key = createPublicKey({ format: 'jwk', key: publicPart(jwk) });
    return isStrong(key) ? [{ kid: typeof kid === 'string' ? kid : undefined, algorithms, key }] : [];
  } catch {
    return []; // One key that cannot be read does not make the others useless.
  }
}

function publicPart({ kty, crv, x, y, n, e }: Readonly<Record<string, unknown>>): Record<string, string> {
  const parts = Object.entries({ kty, crv, x, y, n, e });
  return Object.fromEntries(parts.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
}

/** RFC 7518 §3.3: 2,048 bits at least. So many that one check takes long have no use either. */
function isStrong({ asymmetricKeyDetails }: KeyObject): boolean {
  const bits = asymmetricKeyDetails?.modulusLength;
  return bits === undefined || (bits >= 2_048 && bits <= 8_192);
}
