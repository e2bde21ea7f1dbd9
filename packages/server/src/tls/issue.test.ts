import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import { temporaryDirectory } from '../files/temporary-directory.testkit.ts';
import { makeAuthority, makeLeaf, type SigningAuthority } from './issue.ts';

const dayMs = 24 * 3_600_000;
const nowMs = Date.now();

async function authority(domains = ['localhost']): Promise<SigningAuthority> {
  const { cert, key } = await makeAuthority(domains, nowMs);
  return { cert, key: createPrivateKey(key), notAfterMs: Date.parse(new X509Certificate(cert).validTo) };
}

/** What `openssl verify` says, as strict as it can be. */
async function opensslVerify(
  context: TestContext,
  options: { ca: string; leaf: string; host: string },
): Promise<string> {
  context.skip(spawnSync('openssl', ['version']).status !== 0, 'openssl is not installed');
  const dir = await temporaryDirectory();
  const [caFile, leafFile] = [join(dir, 'ca.pem'), join(dir, 'leaf.pem')];
  await writeFile(caFile, options.ca);
  await writeFile(leafFile, options.leaf);
  const name = /^[0-9.:]+$/.test(options.host) ? ['-verify_ip', options.host] : ['-verify_hostname', options.host];
  const strict = ['-x509_strict', '-check_ss_sig', '-policy_check', '-purpose', 'sslserver'];
  const { stdout, stderr } = spawnSync('openssl', ['verify', ...strict, ...name, '-CAfile', caFile, leafFile]);
  return stdout.toString() + stderr.toString();
}

for (const { domains, names, host } of [
  { domains: ['localhost'], names: ['localhost', '127.0.0.1', '::1'], host: 'localhost' },
  { domains: ['localhost'], names: ['localhost', '127.0.0.1', '::1'], host: '127.0.0.1' },
  { domains: ['localhost'], names: ['localhost', '127.0.0.1', '::1'], host: '::1' },
  { domains: ['localhost'], names: ['amber-fox.localhost'], host: 'amber-fox.localhost' },
  { domains: ['tunnel.example', 'localhost'], names: ['a.b.tunnel.example'], host: 'a.b.tunnel.example' },
  { domains: ['localhost'], names: [`${'a'.repeat(63)}.localhost`], host: `${'a'.repeat(63)}.localhost` },
] satisfies { domains: string[]; names: [string, ...string[]]; host: string }[]) {
  test(`openssl accepts a certificate for ${names.join(', ')} as ${host}`, async (context) => {
    const ca = await authority(domains);
    const { cert } = await makeLeaf(ca, { names, nowMs });
    expect(await opensslVerify(context, { ca: ca.cert, leaf: cert, host })).toMatch(/leaf\.pem: OK\n$/);
  });
}

for (const name of ['example.com', 'notlocalhost', '203.0.113.9', '2001:db8::1']) {
  test(`openssl refuses a certificate for ${name}, which the CA may not sign for`, async (context) => {
    const ca = await authority();
    const { cert } = await makeLeaf(ca, { names: [name], nowMs });
    const answer = await opensslVerify(context, { ca: ca.cert, leaf: cert, host: name });
    expect(answer).toContain('permitted subtree violation');
  });
}

test('makeAuthority() makes CAs that do not clash in one trust store', async () => {
  const [one, two] = [new X509Certificate((await authority()).cert), new X509Certificate((await authority()).cert)];
  expect(one.subject).not.toBe(two.subject);
  expect(one.serialNumber).not.toBe(two.serialNumber);
});

test('makeAuthority() is valid from an hour ago, for ten years', async () => {
  const { ca, validFrom, validTo } = new X509Certificate((await authority()).cert);
  expect(ca).toBe(true);
  expect(Date.parse(validFrom)).toBe(Math.floor((nowMs - 3_600_000) / 1000) * 1000);
  expect(Math.round((Date.parse(validTo) - nowMs) / dayMs)).toBe(3_652);
});

test('makeLeaf() is valid from an hour ago, for 90 days', async () => {
  const { cert, key } = await makeLeaf(await authority(), { names: ['a.localhost'], nowMs });
  const leaf = new X509Certificate(cert);
  expect(leaf.ca).toBe(false);
  expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(leaf.subjectAltName).toBe('DNS:a.localhost');
  expect(Date.parse(leaf.validFrom)).toBe(Math.floor((nowMs - 3_600_000) / 1000) * 1000);
  expect(Math.round((Date.parse(leaf.validTo) - nowMs) / dayMs)).toBe(90);
});

test('makeLeaf() does not outlive its CA', async () => {
  const ca = await authority();
  const { cert } = await makeLeaf(ca, { names: ['a.localhost'], nowMs: ca.notAfterMs - dayMs });
  expect(Date.parse(new X509Certificate(cert).validTo)).toBe(ca.notAfterMs);
});

test('serial numbers are 16 random bytes, positive and without a leading zero', async () => {
  const ca = await authority();
  const made = await Promise.all([1, 2, 3, 4].map(() => makeLeaf(ca, { names: ['a.localhost'], nowMs })));
  const serials = made.map(({ cert }) => new X509Certificate(cert).serialNumber);
  for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  expect(new Set(serials).size).toBe(4);
});
