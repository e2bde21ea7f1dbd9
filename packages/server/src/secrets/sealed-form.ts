// How a sealed value looks, in bytes: version 1 (1), key id (8), nonce (12), ciphertext, tag (16).
//
// AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits: one key may seal 2^32 values, far more than a store has of
// secrets. Authenticated beside the ciphertext: version, key id, then the context as a JSON array of strings in UTF-8.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AditError } from '@adit/contracts';
import type { SealContext } from '../domain/sealer.ts';

const version = 1;
export const keyIdBytes = 8;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + keyIdBytes;
const leastBytes = headBytes + nonceBytes + tagBytes;
const algorithm = 'aes-256-gcm';

/** A key and the id that its sealed values name. */
export interface KeyMaterial {
  readonly id: Uint8Array;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
}

export function sealWith(key: KeyMaterial, plain: Uint8Array, context: SealContext): Uint8Array {
  const head = beginningOf(key);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key.bytes, nonce, { authTagLength: tagBytes });
  cipher.setAAD(authenticated(head, context));
  const ciphertext = [cipher.update(plain), cipher.final()];
  return Buffer.concat([head, nonce, ...ciphertext, cipher.getAuthTag()]);
}

/** How every value begins that this key sealed. */
export function beginningOf(key: Pick<KeyMaterial, 'id'>): Uint8Array {
  return Buffer.from([version, ...key.id]);
}

/** @throws {AditError} 9241: it does not open. Why is not said: telling apart would help an attacker only. */
export function openWith(key: KeyMaterial, sealed: Uint8Array, context: SealContext): Uint8Array {
  if (!key.id.every((byte, i) => sealed[1 + i] === byte)) throw doesNotOpen();
  const { head, nonce, ciphertext, tag } = parts(sealed);
  const decipher = createDecipheriv(algorithm, key.bytes, nonce, { authTagLength: tagBytes });
  decipher.setAAD(authenticated(head, context));
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    throw doesNotOpen();
  }
}

/**
 * The id, in hex, of the key that sealed this. The beginning of a sealed value is enough.
 *
 * @throws {AditError} 9241: this is no sealed value.
 */
export function sealedKeyId(sealed: Uint8Array): string {
  if (sealed[0] !== version || sealed.length < headBytes) throw doesNotOpen();
  return Buffer.from(sealed.subarray(1, headBytes)).toString('hex');
}

/** Which keys these values still need. All others may be dropped, if these are all values there are, backups included. */
export function neededKeyIds(sealed: Iterable<Uint8Array>): Set<string> {
  const ids = new Set<string>();
  for (const value of sealed) ids.add(sealedKeyId(value));
  return ids;
}

function parts(sealed: Uint8Array) {
  if (sealed.length < leastBytes || sealed[0] !== version) throw doesNotOpen();
  const nonceEnd = headBytes + nonceBytes;
  const tagStart = sealed.length - tagBytes;
  return {
    head: sealed.subarray(0, headBytes),
    nonce: sealed.subarray(headBytes, nonceEnd),
    ciphertext: sealed.subarray(nonceEnd, tagStart),
    tag: sealed.subarray(tagStart),
  };
}

function authenticated(head: Uint8Array, context: SealContext): Buffer {
  return Buffer.concat([head, Buffer.from(JSON.stringify(context))]);
}

function doesNotOpen(): AditError {
  return new AditError(9241);
}
