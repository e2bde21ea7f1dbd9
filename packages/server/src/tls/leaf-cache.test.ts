import { createPrivateKey, X509Certificate } from 'node:crypto';
import { beforeAll, expect, test, vi } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import type { CertificatePem } from '../domain/certificates.ts';
import { makeAuthority, makeLeaf } from './issue.ts';
import { LeafCache } from './leaf-cache.ts';

const dayMs = 24 * 3_600_000;
const startMs = Date.UTC(2026, 0, 1);
let pem: CertificatePem;

beforeAll(async () => {
  const ca = await makeAuthority(['localhost'], startMs);
  const authority = { cert: ca.cert, key: createPrivateKey(ca.key), notAfterMs: startMs + 1_000 * dayMs };
  pem = await makeLeaf(authority, { names: ['a.localhost'], nowMs: startMs });
});

function cache(maxLeaves = 10, make: (name: string) => Promise<CertificatePem> = async () => pem) {
  const clock = fakeClock(startMs);
  const making = vi.fn(make);
  return { clock, making, leaves: new LeafCache({ maxLeaves, clock, make: making }) };
}

test('get() makes a certificate once, however many ask at the same time', async () => {
  const { leaves, making } = cache();
  const [one, two] = await Promise.all([leaves.get('a'), leaves.get('a')]);
  expect(one).toBe(two);
  expect(await leaves.get('a')).toBe(one);
  expect(making).toHaveBeenCalledTimes(1);
});

test('get() renews at two thirds of the life', async () => {
  const { leaves, making, clock } = cache();
  const { validFrom, validTo } = new X509Certificate(pem.cert);
  const { renewAtMs } = await leaves.get('a');
  expect(renewAtMs).toBeCloseTo(Date.parse(validFrom) + ((Date.parse(validTo) - Date.parse(validFrom)) * 2) / 3, 0);
  clock.advance(renewAtMs - startMs - 1);
  await leaves.get('a');
  expect(making).toHaveBeenCalledTimes(1);
  clock.advance(1);
  expect(leaves.has('a')).toBe(false);
  await leaves.get('a');
  expect(making).toHaveBeenCalledTimes(2);
  expect(leaves.size).toBe(1);
});

test('get() forgets the one that was asked for longest ago', async () => {
  const { leaves } = cache(2);
  await leaves.get('a');
  await leaves.get('b');
  await leaves.get('a');
  await leaves.get('c');
  expect(['a', 'b', 'c'].filter((name) => leaves.has(name))).toEqual(['a', 'c']);
});

test('get() tries again after a failure', async () => {
  let failures = 1;
  const { leaves } = cache(2, async () => (failures-- > 0 ? Promise.reject(new Error('disk full')) : pem));
  await expect(leaves.get('a')).rejects.toThrow('disk full');
  expect(leaves.has('a')).toBe(false);
  await expect(leaves.get('a')).resolves.toMatchObject({ pem });
});
