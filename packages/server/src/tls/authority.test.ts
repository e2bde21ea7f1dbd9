import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type FakeClock, fakeClock } from '../clock/fake-clock.testkit.ts';
import type { CertificateNotice } from '../domain/certificates.ts';
import { temporaryDirectory } from '../files/temporary-directory.testkit.ts';
import { loadAuthority } from './authority.ts';

const dayMs = 24 * 3_600_000;

/** A data directory that can be loaded from again and again. */
async function place() {
  const dir = join(await temporaryDirectory(), 'tls');
  const clock: FakeClock = fakeClock();
  const notices: CertificateNotice[] = [];
  const load = (domains = ['localhost']) =>
    loadAuthority({ dir, domains, clock, onNotice: (notice) => void notices.push(notice) });
  return { dir, clock, notices, load, secretFile: join(dir, 'ca-secret.pem'), caFile: join(dir, 'ca.pem') };
}

test('loadAuthority() makes a CA whose key nobody else can read', async () => {
  const { dir, load, notices, secretFile, caFile } = await place();
  const authority = await load();
  const modes = await Promise.all([dir, secretFile].map(async (path) => (await stat(path)).mode & 0o777));
  expect(modes).toEqual([0o700, 0o600]);
  expect(await readFile(caFile, 'utf8')).toBe(authority.cert);
  expect(await readFile(caFile, 'utf8')).not.toContain('PRIVATE');
  expect(authority.caFile).toBe(caFile);
  expect(notices).toEqual([{ level: 'info', message: expect.stringContaining(caFile) }]);
});

test('loadAuthority() finds its CA again and says nothing', async () => {
  const { load, notices } = await place();
  const { cert } = await load();
  expect((await load()).cert).toBe(cert);
  expect(notices).toHaveLength(1);
});

test('loadAuthority() makes a new CA 90 days before the end of the old one, and says so', async () => {
  const { load, notices, clock, caFile } = await place();
  const old = await load();
  clock.advance(old.notAfterMs - clock.now() - 90 * dayMs);
  expect((await load()).cert).toBe(old.cert);
  clock.advance(1);
  const renewed = await load();
  expect(renewed.cert).not.toBe(old.cert);
  expect(renewed.notAfterMs).toBeGreaterThan(old.notAfterMs);
  expect(await readFile(caFile, 'utf8')).toBe(renewed.cert);
  expect(notices[1]).toEqual({ level: 'warn', message: expect.stringContaining('about to expire') });
});

test('loadAuthority() makes a new CA for another domain, and says so', async () => {
  const { load, notices } = await place();
  const old = await load();
  expect((await load(['tunnel.example', 'localhost'])).cert).not.toBe(old.cert);
  expect(notices[1]).toEqual({ level: 'warn', message: expect.stringContaining('for another domain') });
});

test('loadAuthority() restores the public copy', async () => {
  const { load, caFile } = await place();
  const { cert } = await load();
  await rm(caFile);
  await load();
  expect(await readFile(caFile, 'utf8')).toBe(cert);
});

test('loadAuthority() takes the right to read the key away from others, and says so', async () => {
  const { load, secretFile, notices } = await place();
  await load();
  await chmod(secretFile, 0o644);
  await load();
  expect((await stat(secretFile)).mode & 0o777).toBe(0o600);
  expect(notices[1]).toEqual({ level: 'warn', message: expect.stringContaining(secretFile) });
});

test.each<[string, (secret: string) => Promise<string>]>([
  ['is empty', async () => ''],
  ['is cut short', async (secret) => secret.slice(0, -100)],
  ['has no key', async (secret) => new X509Certificate(secret).toString()],
  ['has the key of another CA', async (secret) => new X509Certificate(secret).toString() + (await anotherKey())],
])('loadAuthority() fails with 9230 and touches nothing when the file %s', async (_title, damage) => {
  const { load, secretFile } = await place();
  await load();
  const damaged = await damage(await readFile(secretFile, 'utf8'));
  await writeFile(secretFile, damaged);
  await expect(load()).rejects.toMatchObject({
    code: 9230,
    message: expect.stringMatching(/it is damaged; restore it from a backup, or remove it/),
  });
  expect(await readFile(secretFile, 'utf8')).toBe(damaged);
});

async function anotherKey(): Promise<string> {
  const { load, secretFile } = await place();
  await load();
  return createPrivateKey(await readFile(secretFile, 'utf8'))
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();
}
