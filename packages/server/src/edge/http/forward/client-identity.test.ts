import { X509Certificate } from 'node:crypto';
import type { TlsFacts } from '@adit/policy-kit';
import { alternativeNames, makeX509 } from '@adit/policy-kit/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientIdentityLines } from './client-identity.ts';

function factsOf(cert: string, isClientVerified = true): TlsFacts {
  const clientCertificate = new X509Certificate(cert).raw;
  return { version: 'TLSv1.3', cipherSuite: '', alpn: '', clientCertificate, isClientVerified, checkedAgainst: null };
}

/** By name; every name once. */
function linesOf(facts: TlsFacts | undefined): Record<string, string> {
  const lines = clientIdentityLines(facts);
  const pairs = Array.from({ length: lines.length / 2 }, (_, i) => [lines[2 * i], lines[2 * i + 1]]);
  expect(new Set(pairs.map(([name]) => name)).size).toBe(pairs.length);
  return Object.fromEntries(pairs);
}

test('clientIdentityLines() are by the names of ngrok and by ours', () => {
  const names = alternativeNames('dns:a.example.com', 'email:ann@example.com', 'dns:b.example.com');
  const { cert } = makeX509({ subject: 'Ann', serial: '0abc', extensions: [names] });
  const told = {
    'mtls-subject-cn': 'Ann',
    'mtls-subject-alt-name-dns': 'a.example.com,b.example.com',
    'mtls-email-addresses': 'ann@example.com',
    'mtls-serial-number': '0abc',
  };
  const both = Object.entries(told).flatMap(([name, value]) => [
    [`ngrok-${name}`, value],
    [`adit-${name}`, value],
  ]);
  const fingerprint = new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();
  expect(linesOf(factsOf(cert))).toEqual({ ...Object.fromEntries(both), 'adit-mtls-fingerprint': fingerprint });
});

test('clientIdentityLines() are none for a certificate that was not verified, for none, and without TLS', () => {
  const { cert } = makeX509({ subject: 'Ann' });
  expect(linesOf(factsOf(cert, false))).toEqual({});
  expect(linesOf({ ...factsOf(cert), clientCertificate: null })).toEqual({});
  expect(linesOf(undefined)).toEqual({});
});

test.each([
  ['Müller & Söhne, 100%', 'M%C3%BCller & S%C3%B6hne, 100%25'],
  ['a\r\nadit-user: root', 'a%0D%0Aadit-user: root'],
  [' spaces ', '%20spaces%20'],
  ['nul\0', 'nul%00'],
  ['x'.repeat(4_097), undefined],
])('a common name %j is told as %j', (subject, expected) => {
  const lines = linesOf(factsOf(makeX509({ subject }).cert));
  expect(lines['ngrok-mtls-subject-cn']).toBe(expected);
  expect(lines['adit-mtls-subject-cn']).toBe(expected);
});

test.each([
  [['dns:a.test, DNS:b.test'], 'a.test%2C DNS:b.test'],
  [['dns:a.test"', 'dns:b.test\\'], 'a.test",b.test\\'],
  [['dns:a\r\nb', 'email:c@d.test'], 'a%0D%0Ab'],
  [['email:c@d.test, DNS:e.test'], undefined],
])('alternative names %j give the DNS names %j', (names, expected) => {
  const { cert } = makeX509({ extensions: [alternativeNames(...names)] });
  expect(linesOf(factsOf(cert))['adit-mtls-subject-alt-name-dns']).toBe(expected);
});

test('what is told is visible ASCII, without spaces at its ends, and can be had back', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((raw) => raw.toWellFormed());
  fc.assert(
    fc.property(text, (subject) => {
      const value = linesOf(factsOf(makeX509({ subject }).cert))['adit-mtls-subject-cn'] ?? '';
      expect(value).toMatch(/^[!-~](?:[ -~]*[!-~])?$/);
      expect(decodeURIComponent(value)).toBe(subject);
    }),
    { numRuns: 200 },
  );
});
