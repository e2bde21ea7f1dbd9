import { createHmac, timingSafeEqual } from 'node:crypto';

const periodMs = 60_000;

/**
 * Who can read the data directory may have its server hand over: no other program of the machine can. Good for one to two
 * minutes: should it ever be told to somebody who listens where the server did, he has little of it.
 */
export function handOverSecret(signingKey: Uint8Array, nowMs: number): string {
  return secretOf(signingKey, Math.floor(nowMs / periodMs));
}

/** Takes the same time for every wrong secret. */
export function isHandOverSecret(given: string, signingKey: Uint8Array, nowMs: number): boolean {
  const period = Math.floor(nowMs / periodMs);
  const got = Buffer.from(given);
  return [period, period - 1].some((one) => {
    const wanted = Buffer.from(secretOf(signingKey, one));
    return wanted.length === got.length && timingSafeEqual(wanted, got);
  });
}

function secretOf(signingKey: Uint8Array, period: number): string {
  return createHmac('sha256', signingKey).update(`hand-over ${period}`).digest('base64url');
}
