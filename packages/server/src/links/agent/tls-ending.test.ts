import { generateKeyPairSync } from 'node:crypto';
import { AditError } from '@adit/contracts';
import { parseEndpointOptions } from '@adit/wire';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CertificatePem } from '../../domain/certificates.ts';
import { makeAuthority } from '../../tls/issue.ts';
import { readTlsEnding } from './tls-ending.ts';

const nowMs = Date.UTC(2026, 0, 1);
let ours: CertificatePem;
let others: CertificatePem;
const rsaKey = generateKeyPairSync('rsa', {
  ...{ modulusLength: 2_048, publicKeyEncoding: { type: 'spki', format: 'pem' } },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey;
const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const read = (TLSTermination: object | null) => readTlsEnding(parseEndpointOptions({ TLSTermination }));

beforeAll(async () => {
  ours = await makeAuthority(['app.localhost'], nowMs);
  others = await makeAuthority(['app.localhost'], nowMs);
});

test('readTlsEnding() leaves the TLS to the visitor and the upstream when nothing is said', () => {
  expect(read(null)).toEqual({ kind: 'passthrough' });
});

test.each([{}, { cert: '', key: '', sealed_key: '' }, { cert: null, key: null }])(
  'readTlsEnding() takes the certificate of the server for %j',
  (termination) => {
    expect(read(termination)).toEqual({ kind: 'edge', certificate: null });
  },
);

test('readTlsEnding() takes the pair of the owner, a chain behind the leaf included', () => {
  const cert = ours.cert + others.cert;
  expect(read({ cert: base64(cert), key: base64(ours.key) })).toEqual({
    kind: 'edge',
    certificate: { cert, key: ours.key },
  });
});

describe('readTlsEnding() refuses, quoting nothing of it,', () => {
  test.each<[what: string, pair: () => { cert?: string; key?: string }]>([
    ['a certificate alone', () => ({ cert: ours.cert })],
    ['a key alone', () => ({ key: ours.key })],
    ["another certificate's key", () => ({ cert: ours.cert, key: others.key })],
    ['a key of another kind', () => ({ cert: ours.cert, key: rsaKey })],
    ['a chain that begins with another certificate', () => ({ cert: others.cert + ours.cert, key: ours.key })],
    ['a chain that is broken behind the leaf', () => ({ cert: ours.cert + broken, key: ours.key })],
    ['a key that is none', () => ({ cert: ours.cert, key: `x${ours.key}`.replace('PRIVATE', 'PUBLIC') })],
    ['the two in each other’s place', () => ({ cert: ours.key, key: ours.cert })],
  ])('%s', (_what, pair) => {
    const { cert = '', key = '' } = pair();
    const error = refusal(() => read({ cert: base64(cert), key: base64(key) }));
    expect(error?.code).toBe(301);
    expect(error?.cause).toBeUndefined();
    const told = `${error?.stack}${JSON.stringify(error)}`;
    for (const secret of [key, base64(key), cert]) if (secret !== '') expect(told).not.toContain(secret.slice(30, 60));
  });

  test('a sealed key', () => {
    expect(refusal(() => read({ cert: 'AAAA', sealed_key: 'hush' }))).toMatchObject({
      code: 9403,
      message: expect.not.stringContaining('hush'),
    });
  });
});

function refusal(run: () => unknown): AditError | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof AditError) return error;
    throw error;
  }
  return undefined;
}
