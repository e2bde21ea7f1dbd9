import { randomBytes } from 'node:crypto';
import { base32 } from './base32.ts';

const bytes = 10;

/** 80 random bits as people can type them, 5 in each letter or digit: `abcd-efgh-ijkl-mnop`. */
export function newTypedSecret(): string {
  return (base32(randomBytes(bytes)).toLowerCase().match(/.{4}/g) ?? []).join('-');
}

/** The same without what people add or change when they type it; undefined: it has not that form. */
export function plainTypedSecret(typed: string): string | undefined {
  const plain = typed.replaceAll(/[\s-]/g, '').toLowerCase();
  return /^[a-z2-7]{16}$/.test(plain) ? plain : undefined;
}
