import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export type Hash = 'sha1' | 'sha256' | 'sha512';
export type Encoding = 'hex' | 'base64' | 'base64 or hex';

const bytesOf = { sha1: 20, sha256: 32, sha512: 64 } as const;
const hexText = /^(?:[0-9a-f]{2})+$/i;
const base64Text = /^[A-Za-z0-9+/]+={0,2}$/;

export function hmac(hash: Hash, key: string | Uint8Array, message: readonly Uint8Array[]): Buffer {
  const digest = createHmac(hash, key);
  for (const piece of message) digest.update(piece);
  return digest.digest();
}

export function digestOf(hash: Hash, message: readonly (string | Uint8Array)[]): Buffer {
  const digest = createHash(hash);
  for (const piece of message) digest.update(piece);
  return digest.digest();
}

/** A digest of that hash as text; undefined: it is none. */
export function decodeDigest(text: string, hash: Hash, encoding: Encoding): Buffer | undefined {
  const isHex = encoding !== 'base64' && hexText.test(text) && text.length === 2 * bytesOf[hash];
  if (isHex) return Buffer.from(text, 'hex');
  const bytes = encoding === 'hex' ? undefined : decodeBase64(text);
  return bytes?.length === bytesOf[hash] ? bytes : undefined;
}

/** Standard alphabet, padding optional; undefined: it is not base64, or has no bytes. */
export function decodeBase64(text: string): Buffer | undefined {
  if (!base64Text.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 ? bytes : undefined;
}

/** Whether two values are the same bytes, in a time that does not tell how much of them is. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** As `isSame`, for values whose length must not be told either. */
export function isSameText(a: string, b: string): boolean {
  return timingSafeEqual(digestOf('sha256', [a]), digestOf('sha256', [b]));
}

/** Whether any of the given signatures is any of those expected. Looks at all of them. */
export function isAnyOf(given: readonly Uint8Array[], expected: readonly Uint8Array[]): boolean {
  let isFound = false;
  for (const one of expected) for (const other of given) isFound = isSame(one, other) || isFound;
  return isFound;
}
