import type { ManagedCertificate } from '../domain/managed-certificates.ts';

/** For metrics: what all of them are at. One may count twice: as valid, and as failed when its renewal did. */
export interface CertificateCounts {
  readonly valid: number;
  readonly pending: number;
  readonly failed: number;
  readonly expired: number;
  /** Of the valid ones; 0: there is none. */
  readonly earliestEndSeconds: number;
}

export function countCertificates(all: Iterable<ManagedCertificate>, nowMs: number): CertificateCounts {
  const counts = { valid: 0, pending: 0, failed: 0, expired: 0 };
  let earliestMs = Infinity;
  for (const { issued, attempt } of all) {
    if (issued && issued.notAfterMs > nowMs) {
      counts.valid += 1;
      earliestMs = Math.min(earliestMs, issued.notAfterMs);
    } else if (issued) counts.expired += 1;
    if (attempt?.error) counts.failed += 1;
    else if (attempt && !issued) counts.pending += 1;
  }
  return { ...counts, earliestEndSeconds: earliestMs === Infinity ? 0 : Math.round((earliestMs - nowMs) / 1000) };
}
