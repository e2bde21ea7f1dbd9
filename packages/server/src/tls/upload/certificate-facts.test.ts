import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { certificateFacts } from './certificate-facts.ts';
import { makeCertificate, makeVersion1, notAfterMs, notBeforeMs } from './make-certificate.testkit.ts';

const factsOf = (pem: string) => certificateFacts(new X509Certificate(pem));

test('a certificate with everything', async () => {
  const ca = await makeCertificate({ subject: 'CN=Test CA, O=Else', isCa: true });
  const { cert } = await makeCertificate({
    subject: 'C=DE, ST=Bayern, L=München, O="Ann, Inc", OU=Ops, OU=Second, CN=app.example',
    issuer: ca,
    extensions: (x509) => [
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.decipherOnly,
      ),
      new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '1.2.3.4']),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'app.example' },
        { type: 'dns', value: '*.App.example' },
        { type: 'ip', value: '192.0.2.1' },
        { type: 'ip', value: '2001:0DB8:0:0:0:0:0:1' },
        { type: 'email', value: 'ann@app.example' },
        { type: 'url', value: 'https://app.example' },
      ]),
    ],
  });
  expect(await factsOf(cert)).toEqual({
    subjectCommonName: 'app.example',
    subjectOrganization: 'Ann, Inc',
    subjectOrganizationalUnit: 'Ops',
    subjectLocality: 'München',
    subjectProvince: 'Bayern',
    subjectCountry: 'DE',
    issuerCommonName: 'Test CA',
    serialNumber: new X509Certificate(cert).serialNumber.toLowerCase(),
    dnsNames: ['app.example', '*.App.example'],
    ips: ['192.0.2.1', '2001:db8::1'],
    notBeforeMs,
    notAfterMs,
    keyUsages: ['digitalSignature', 'keyEncipherment', 'decipherOnly'],
    extendedKeyUsages: ['serverAuth', 'clientAuth', '1.2.3.4'],
  });
});

test('a certificate of the first version of X.509 has names and times, and nothing else', async () => {
  const none = {
    subjectOrganization: '',
    subjectOrganizationalUnit: '',
    subjectLocality: '',
    subjectProvince: '',
    subjectCountry: '',
  };
  const lists = { dnsNames: [], ips: [], keyUsages: [], extendedKeyUsages: [] };
  expect(await factsOf(makeVersion1().cert)).toEqual({
    ...none,
    ...lists,
    subjectCommonName: 'old.example',
    issuerCommonName: 'old.example',
    serialNumber: '0abc',
    notBeforeMs,
    notAfterMs,
  });
});

test('an extension that cannot be read is refused with 1900', async () => {
  const { cert } = await makeCertificate({
    extensions: (x509) => [new x509.Extension('2.5.29.17', false, Buffer.from('30ff', 'hex'))],
  });
  await expect(factsOf(cert)).rejects.toMatchObject({ code: 1900 });
});

test('the usages of a CA', async () => {
  const { cert } = await makeCertificate({
    isCa: true,
    extensions: (x509) => [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign)],
  });
  expect(await factsOf(cert)).toMatchObject({ keyUsages: ['keyCertSign', 'cRLSign'], extendedKeyUsages: [] });
});
