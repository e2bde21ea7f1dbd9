import { hashSecret } from '../../domain/secret.ts';
import { newTypedSecret, plainTypedSecret } from './typed-secret.ts';

const count = 10;

/** Codes to be shown once, and what is kept of them: plain SHA-256 is enough for 80 random bits. */
export function newRecoveryCodes(): { codes: string[]; hashes: Uint8Array[] } {
  const codes = Array.from({ length: count }, newTypedSecret);
  return { codes, hashes: codes.flatMap((code) => recoveryCodeHash(code) ?? []) };
}

/** What is kept of a code as somebody typed it; undefined: it has not the form of one. */
export function recoveryCodeHash(typed: string): Uint8Array | undefined {
  const plain = plainTypedSecret(typed);
  return plain === undefined ? undefined : hashSecret(plain);
}
