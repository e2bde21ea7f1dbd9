import { hash, randomBytes } from 'node:crypto';
import type { CredentialKind } from './entities.ts';

/** How a secret of each kind starts, so that people and secret scanners can tell what they found. */
const secretPrefixes = { authtoken: 'adit_at_', api_key: 'adit_ak_' } as const satisfies Record<CredentialKind, string>;

const randomPart = /^[A-Za-z0-9_-]{43}$/;

/** Makes a secret: the prefix and 43 base64url characters of 32 random bytes. Show it once; keep only its hash. */
export function newSecret(kind: CredentialKind): string {
  return secretPrefixes[kind] + randomBytes(32).toString('base64url');
}

/** True if `text` has the form of a secret of that kind. Says nothing about whether anybody holds it. */
export function isSecretOf(kind: CredentialKind, text: string): boolean {
  const prefix = secretPrefixes[kind];
  return text.startsWith(prefix) && randomPart.test(text.slice(prefix.length));
}

/** What the store keeps and looks up. Plain SHA-256 is enough: the secret has 256 random bits, so nothing can be guessed. */
export function hashSecret(secret: string): Uint8Array {
  return hash('sha256', secret, 'buffer');
}
