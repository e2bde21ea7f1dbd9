// Codes of authenticator apps: TOTP (RFC 6238) over HOTP (RFC 4226) with what every app can do: SHA-1, six digits, 30 seconds.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { base32 } from './base32.ts';

const [stepMs, digits] = [30_000, 6];
/** As long as the output of the hash (RFC 4226, 4, R6). */
const seedBytes = 20;

export function newSeed(): Uint8Array {
  return randomBytes(seedBytes);
}

export function stepAt(nowMs: number): number {
  return Math.floor(nowMs / stepMs);
}

/** RFC 4226, 5.3. */
export function codeOf(seed: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hmac = createHmac('sha1', seed).update(counter).digest();
  const offset = (hmac.at(-1) ?? 0) & 0xf;
  const number = hmac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/** The steps around now whose code this is, the latest first: clocks may be one step apart (RFC 6238, 5.2). Usually one or none. */
export function stepsOf(seed: Uint8Array, code: string, nowMs: number): number[] {
  const given = Buffer.from(code);
  if (given.length !== digits) return [];
  const now = stepAt(nowMs);
  return [now + 1, now, now - 1].filter((step) => timingSafeEqual(given, Buffer.from(codeOf(seed, step))));
}

/** What apps read from a QR code: github.com/google/google-authenticator/wiki/Key-Uri-Format. */
export function totpUri(seed: Uint8Array, { issuer, name }: { issuer: string; name: string }): string {
  const label = [issuer, name].map(encodeURIComponent).join(':');
  return `otpauth://totp/${label}?secret=${base32(seed)}&issuer=${encodeURIComponent(issuer)}`;
}
