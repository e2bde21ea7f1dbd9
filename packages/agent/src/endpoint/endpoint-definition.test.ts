import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EndpointKeys } from '../config/agent-config.ts';
import { defineEndpoint } from './endpoint-definition.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-define-'));
  await writeFile(join(dir, 'a.pem'), '-----BEGIN A-----');
});
afterAll(() => rm(dir, { recursive: true }));

const define = (keys: Partial<EndpointKeys>) => defineEndpoint({ name: 'n', upstream: { url: '3000' }, ...keys });

test.each([
  [undefined, 'http://localhost:3000', true],
  ['https://app', 'http://localhost:3000', true],
  ['tcp://', 'tcp://localhost:3000', false],
  ['tls://app', 'tcp://localhost:3000', false],
] as const)('defineEndpoint() of %j forwards to %s; is inspected: %j', async (url, upstreamUrl, isInspected) => {
  const { upstream, forward, isInspected: isSeen } = await define(url === undefined ? {} : { url });
  expect({ url: upstream.url, isSeen, same: forward.upstream === upstream }).toEqual({
    url: upstreamUrl,
    isSeen: isInspected,
    same: true,
  });
});

test('defineEndpoint() reads PEM files and takes PEM text as it is', async () => {
  const { forward } = await define({
    url: 'tls://a',
    upstream: { url: 'tls://b:1', tls_verify_cas: join(dir, 'a.pem') },
    agent_tls_termination: {
      server_certificate: '-----BEGIN B-----',
      server_private_key: join(dir, 'a.pem'),
      mutual_tls_certificate_authorities: [join(dir, 'a.pem'), '-----BEGIN C-----'],
    },
  });
  expect(forward).toMatchObject({
    upstreamVerify: { caPem: '-----BEGIN A-----' },
    tlsTermination: {
      certificate: '-----BEGIN B-----',
      privateKey: '-----BEGIN A-----',
      clientCas: '-----BEGIN A-----\n-----BEGIN C-----',
    },
  });
});

test('defineEndpoint() reads the CAs that the server is to ask for', async () => {
  const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
  await writeFile(join(dir, 'ca.crt'), pem);
  for (const url of ['https://a', 'tls://a', undefined]) {
    const { forward } = await define({ ...(url && { url }), mutual_tls_cas: join(dir, 'ca.crt') });
    expect(forward.mutualTlsCas).toBe(pem);
  }
});

test.each([
  ['missing.crt', 9202, /missing\.crt/],
  ['a.pem', 9201, /a\.pem" holds no PEM certificate/],
  ['key.pem', 9201, /key\.pem" holds a private key/],
])('defineEndpoint() refuses the CAs of %s', async (file, code, message) => {
  await writeFile(join(dir, 'key.pem'), '-----BEGIN CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----');
  const error = expect.objectContaining({ code, message: expect.stringMatching(message) });
  await expect(define({ mutual_tls_cas: join(dir, file) })).rejects.toThrow(error);
});

const termination = { server_certificate: '-----BEGIN B', server_private_key: '-----BEGIN B' };

test.each([
  [{ upstream: { url: 'x' } }, 9304],
  [{ url: 'ftp://a' }, 332],
  [{ url: '-' }, 326],
  [{ metadata: 'ü'.repeat(2049) }, 9201],
  [{ agent_tls_termination: termination }, 9201],
  [{ url: 'tls://a', agent_tls_termination: termination, mutual_tls_cas: '-----BEGIN C' }, 9201],
  [{ url: 'http://a', mutual_tls_cas: '-----BEGIN C' }, 9201],
  [{ url: 'tcp://', mutual_tls_cas: '-----BEGIN C' }, 9201],
  [{ url: 'tcp://', upstream: { url: '1', host_header: 'rewrite' } }, 9201],
  [{ url: 'tls://a', upstream: { url: '1', protocol: 'http2' as const } }, 9201],
  [{ upstream: { url: 'https://a', tls_verify: false, tls_verify_cas: '/nowhere/a.pem' } }, 9201],
  [{ upstream: { url: 'https://a', tls_verify_cas: '/nowhere/a.pem' } }, 9202],
])('defineEndpoint() refuses %j with %i', async (keys, code) => {
  await expect(define(keys)).rejects.toMatchObject({ code });
});
