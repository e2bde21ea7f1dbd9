import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CertificateView } from './certificate-view.ts';
import { pssCertificate, richCertificate } from './sample-certificate.testkit.ts';

const rich = new CertificateView(richCertificate, true);

test('CertificateView says what Node.js says', () => {
  const node = new X509Certificate(richCertificate);
  // But for IPv6, which we write shortened, as everywhere.
  expect(rich.$san).toBe(node.subjectAltName?.replace('2001:DB8:0:0:0:0:0:1', '2001:db8::1'));
  expect(rich.serial_number).toBe(node.serialNumber.toLowerCase());
  expect(rich.validity.not_before).toEqual(node.validFromDate);
  expect(rich.validity.not_after).toEqual(node.validToDate);
  expect(rich.pem).toBe(node.toString());
  const attributes = node.subject.split('\n');
  expect(attributes).toContain(`CN=${rich.subject.common_name}`);
  for (const unit of rich.subject.organizational_unit) expect(attributes).toContain(`OU=${unit}`);
});

test('CertificateView knows names, alone and as a text', () => {
  expect(rich.$subject).toBe(
    'CN=anna,OU=Dev,OU=Ops,O=Beispiel\\, AG,POSTALCODE=10115,STREET=Weg 1,L=Mitte,ST=Berlin,C=DE',
  );
  expect(rich.$issuer).toBe(rich.$subject);
  const { subject } = rich;
  expect([subject.country, subject.locality, subject.province]).toEqual([['DE'], ['Mitte'], ['Berlin']]);
  expect([subject.organization, subject.organizational_unit]).toEqual([['Beispiel, AG'], ['Ops', 'Dev']]);
  expect([subject.postal_code, subject.street_address]).toEqual([['10115'], ['Weg 1']]);
});

test('CertificateView knows alternative names', () => {
  const { san } = rich;
  expect(san.dns_names).toEqual(['a.example.com', 'b.example.com']);
  expect(san.ip_addresses).toEqual(['192.0.2.1', '2001:db8::1']);
  expect(san.email_addresses).toEqual(['anna@example.com']);
  expect(san.uris).toEqual(['https://example.com/anna']);
});

test('CertificateView knows extensions and how the certificate is signed', () => {
  const usage = rich.extensions.find(({ id }) => id === '2.5.29.15');
  expect(usage).toMatchObject({ critical: true, value: new Uint8Array([0x03, 0x02, 0x07, 0x80]) });
  expect(rich.extensions.find(({ id }) => id === '2.5.29.17')?.critical).toBe(false);
  expect(rich.signature_algorithm).toBe('ECDSA-SHA256');
  const pss = new CertificateView(pssCertificate, false);
  expect([pss.signature_algorithm, pss.$subject, pss.$san, pss.is_verified]).toEqual([
    'SHA256-RSAPSS',
    'CN=v1',
    '',
    false,
  ]);
});

test('CertificateView of damaged bytes has empty fields at worst', () => {
  const damaged = fc.tuple(fc.nat(richCertificate.length - 1), fc.nat(255), fc.nat(richCertificate.length));
  fc.assert(
    fc.property(damaged, ([at, byte, length]) => {
      const bytes = Uint8Array.from(richCertificate).subarray(0, length);
      bytes[at] = byte;
      const view = new CertificateView(bytes, false);
      expect(typeof view.$subject + typeof view.$issuer + typeof view.$san).toBe('stringstringstring');
      expect(Array.isArray(view.extensions)).toBe(true);
      expect(typeof view.signature_algorithm + typeof view.serial_number).toBe('stringstring');
      expect([undefined, Date]).toContain(view.validity.not_before?.constructor);
    }),
    { numRuns: 500 },
  );
});
