import { createPrivateKey } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import type { CertificateNotice, CertificatePem } from '../domain/certificates.ts';
import { temporaryDirectory } from '../files/temporary-directory.testkit.ts';
import { createFileCertificate } from './file-certificate.ts';
import { makeAuthority, makeLeaf } from './issue.ts';

let ca: CertificatePem;
let first: CertificatePem;
let second: CertificatePem;

beforeAll(async () => {
  const nowMs = Date.now();
  ca = await makeAuthority(['localhost'], nowMs);
  const authority = { cert: ca.cert, key: createPrivateKey(ca.key), notAfterMs: nowMs + 1e10 };
  first = await makeLeaf(authority, { names: ['one.localhost'], nowMs });
  second = await makeLeaf(authority, { names: ['two.localhost'], nowMs });
});

async function files({ cert, key }: CertificatePem) {
  const dir = await temporaryDirectory();
  const [certFile, keyFile] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  await writeFile(certFile, cert);
  await writeFile(keyFile, key);
  return { certFile, keyFile };
}

async function running(pem: CertificatePem) {
  const { certFile, keyFile } = await files(pem);
  const clock = fakeClock();
  const notices: CertificateNotice[] = [];
  const onNotice = (notice: CertificateNotice): void => void notices.push(notice);
  const source = await createFileCertificate({ certFile, keyFile, clock, onNotice });
  onTestFinished(() => source.close());
  /** Lets the source look at its files once. */
  const look = async (): Promise<void> => {
    clock.advance(2_000);
    await vi.waitFor(() => expect(clock.pendingTimers).toBe(1), { timeout: 15_000, interval: 2 });
  };
  return { source, clock, notices, look, certFile, keyFile };
}

test('createFileCertificate() serves its certificate for every name', async () => {
  const { source } = await running(first);
  expect(await source.certificateFor(null)).toEqual(first);
  expect(await source.contextFor('one.localhost')).toBe(await source.contextFor(null));
  expect([source.caFile, source.caPem]).toEqual([null, null]);
});

test('createFileCertificate() takes a chain', async () => {
  const { source } = await running({ cert: first.cert + ca.cert, key: first.key });
  expect((await source.certificateFor(null)).cert).toBe(first.cert + ca.cert);
});

test('a changed pair is served, new contexts included', async () => {
  const { source, look, notices, certFile, keyFile } = await running(first);
  const context = await source.contextFor(null);
  await look();
  expect(await source.contextFor(null)).toBe(context);
  await writeFile(certFile, second.cert);
  await writeFile(keyFile, second.key);
  await look();
  expect(await source.certificateFor(null)).toEqual(second);
  expect(await source.contextFor(null)).not.toBe(context);
  expect(notices).toEqual([{ level: 'info', message: `Loaded the changed certificate "${certFile}"` }]);
});

test('a half-written pair leaves the old one in use until it is whole', async () => {
  const { source, look, notices, certFile, keyFile } = await running(first);
  await writeFile(`${certFile}.new`, second.cert);
  await rename(`${certFile}.new`, certFile);
  await look();
  expect(await source.certificateFor(null)).toEqual(first);
  expect(notices).toEqual([
    {
      level: 'warn',
      message: `Cannot use the key "${keyFile}": it does not belong to the certificate "${certFile}"; the certificate read before stays in use`,
    },
  ]);
  await look();
  expect(notices).toHaveLength(1);
  await writeFile(keyFile, second.key);
  await look();
  expect(await source.certificateFor(null)).toEqual(second);
});

test('close() stops looking', async () => {
  const { source, clock } = await running(first);
  source.close();
  expect(clock.pendingTimers).toBe(0);
});

test('close() during a look stops looking, too', async () => {
  const { source, clock, notices, certFile, keyFile } = await running(first);
  await writeFile(certFile, second.cert);
  await writeFile(keyFile, second.key);
  clock.advance(2_000);
  source.close();
  await vi.waitFor(() => expect(notices).toHaveLength(1), { timeout: 15_000, interval: 2 });
  await new Promise((resolve) => setImmediate(resolve));
  expect(clock.pendingTimers).toBe(0);
});

test.each<[string, () => CertificatePem, RegExp]>([
  ['a key of another certificate', () => ({ ...first, key: second.key }), /it does not belong to the certificate/],
  ['no certificate', () => ({ ...first, cert: 'nothing' }), /it holds no PEM certificate/],
  [
    'a damaged certificate',
    () => ({ ...first, cert: first.cert.replace('MI', 'XX') }),
    /one of its certificates is damaged/,
  ],
  [
    'a chain that is cut short',
    () => ({ ...first, cert: first.cert + ca.cert.slice(0, 300) }),
    /certificates is damaged/,
  ],
  ['no key', () => ({ ...first, key: 'nothing' }), /it is not an unencrypted PEM private key/],
  ['an encrypted key', () => ({ ...first, key: encrypted(first.key) }), /it is encrypted/],
])('createFileCertificate() fails with 9230 for %s', async (_title, pem, message) => {
  const { certFile, keyFile } = await files(pem());
  const opening = createFileCertificate({ certFile, keyFile, clock: fakeClock() });
  await expect(opening).rejects.toMatchObject({ code: 9230, message: expect.stringMatching(message) });
});

test('createFileCertificate() fails with 9230 for a file that is missing, and names it', async () => {
  const { certFile } = await files(first);
  const opening = createFileCertificate({ certFile, keyFile: '/missing/key.pem', clock: fakeClock() });
  const message = 'Cannot read the key "/missing/key.pem": it does not exist';
  await expect(opening).rejects.toMatchObject({ code: 9230, message });
});

function encrypted(key: string): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const;
  return createPrivateKey(key).export(options).toString();
}
