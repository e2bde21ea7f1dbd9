import { createHmac, timingSafeEqual } from 'node:crypto';

const periodMs = 60_000;

/** What may be asked of a running server by whoever can read its data directory, and by no other program of the machine. */
export type Purpose = 'hand-over' | 'count-endpoints';

/**
 * Proves that the caller can read the data directory, for that one purpose. Good for one to two minutes: should it ever be
 * told to somebody who listens where the server did, he has little of it.
 */
export function ownerProof(purpose: Purpose, signingKey: Uint8Array, nowMs: number): string {
  return proofOf(purpose, signingKey, Math.floor(nowMs / periodMs));
}

/** Takes the same time for every wrong proof. */
export function isOwnerProof(
  given: string,
  purpose: Purpose,
  { signingKey, nowMs }: { signingKey: Uint8Array; nowMs: number },
): boolean {
  const period = Math.floor(nowMs / periodMs);
  const got = Buffer.from(given);
  return [period, period - 1].some((one) => {
    const wanted = Buffer.from(proofOf(purpose, signingKey, one));
    return wanted.length === got.length && timingSafeEqual(wanted, got);
  });
}

function proofOf(purpose: Purpose, signingKey: Uint8Array, period: number): string {
  return createHmac('sha256', signingKey).update(`${purpose} ${period}`).digest('base64url');
}
