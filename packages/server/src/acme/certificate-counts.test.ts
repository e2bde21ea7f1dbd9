import { expect, test } from 'vitest';
import type { ManagedCertificate } from '../domain/managed-certificates.ts';
import { countCertificates } from './certificate-counts.ts';

const facts = { serialNumber: '1', directoryUrl: 'https://ca', notBeforeMs: 0, renewAtMs: 0 };
const issued = (notAfterMs: number) => ({ ...facts, notAfterMs });
const held = { startedAtMs: 0, holder: 'me', untilMs: 9, failures: 0, error: null };
const failed = { ...held, holder: null, failures: 1, error: { kind: 'dns', message: '' } } as const;

test('certificates are counted by what they are at, and the earliest end is that of the good ones', () => {
  const all: ManagedCertificate[] = [
    { name: 'a', issued: issued(90_000), attempt: null },
    { name: 'b', issued: issued(60_000), attempt: failed },
    { name: 'c', issued: issued(10_000), attempt: held },
    { name: 'd', issued: null, attempt: held },
    { name: 'e', issued: null, attempt: failed },
  ];
  expect(countCertificates(all, 10_000)).toEqual({
    valid: 2,
    pending: 1,
    failed: 2,
    expired: 1,
    earliestEndSeconds: 50,
  });
  expect(countCertificates([], 10_000)).toEqual({ valid: 0, pending: 0, failed: 0, expired: 0, earliestEndSeconds: 0 });
});
