import { type KeyObject, verify } from 'node:crypto';
import { childrenOf, type DerValue } from './der.ts';

/** Bytes of the object identifiers, hexadecimal (RFC 4055 §5, RFC 5758 §3.2, RFC 8410 §3). Null: the key says it. */
const hashes: ReadonlyMap<string, string | null> = new Map([
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
  ['2b6570', null],
  ['2b6571', null],
]);

/** Null where the key says it; undefined: an algorithm that is weak, or not known here. */
export function hashOf(algorithm: DerValue): string | null | undefined {
  return hashes.get(childrenOf(algorithm)[0]?.content.toString('hex') ?? '');
}

/** False as well for what is weak, or not known here. */
export function isSignedBy(
  { body, algorithm, signature }: { body: Buffer; algorithm: DerValue; signature: Buffer },
  key: KeyObject,
): boolean {
  try {
    const hash = hashOf(algorithm);
    return hash !== undefined && verify(hash, body, key, signature);
  } catch {
    // A key of another kind, or an algorithm that cannot be read.
    return false;
  }
}
