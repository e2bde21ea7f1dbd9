import { createHmac, timingSafeEqual } from 'node:crypto';

/** Who can read the data directory may have its server hand over: no other program of the machine can. */
export function handOverSecret(signingKey: Uint8Array): string {
  return createHmac('sha256', signingKey).update('hand-over').digest('base64url');
}

/** Takes the same time for every wrong secret. */
export function isHandOverSecret(given: string, signingKey: Uint8Array): boolean {
  const [wanted, got] = [Buffer.from(handOverSecret(signingKey)), Buffer.from(given)];
  return wanted.length === got.length && timingSafeEqual(wanted, got);
}
