import type { X509Certificate } from 'node:crypto';
import { AditError } from '@adit/contracts';
import type * as X509 from '@peculiar/x509';
import type { CertificateFacts } from '../../domain/certificate-facts.ts';
import { formatIpAddress, parseIpAddress } from '../../domain/ip-address.ts';
import { loadX509 } from '../load-x509.ts';

/** The nine bits of RFC 5280 §4.2.1.3, in its order. */
const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

/** By object identifier. */
const extendedKeyUsages: ReadonlyMap<unknown, string> = new Map([
  ['2.5.29.37.0', 'anyExtendedKeyUsage'],
  ['1.3.6.1.5.5.7.3.1', 'serverAuth'],
  ['1.3.6.1.5.5.7.3.2', 'clientAuth'],
  ['1.3.6.1.5.5.7.3.3', 'codeSigning'],
  ['1.3.6.1.5.5.7.3.4', 'emailProtection'],
  ['1.3.6.1.5.5.7.3.8', 'timeStamping'],
  ['1.3.6.1.5.5.7.3.9', 'OCSPSigning'],
]);

/**
 * What the API shows of a certificate.
 *
 * @throws {AditError} 1900: a part of it cannot be read.
 */
export async function certificateFacts(certificate: X509Certificate): Promise<CertificateFacts> {
  const x509 = await loadX509();
  try {
    return factsOf(new x509.X509Certificate(certificate.raw), x509);
  } catch (cause) {
    throw new AditError(1900, 'Cannot use the certificates: a part of the first one cannot be read', { cause });
  }
}

function factsOf(certificate: X509.X509Certificate, x509: typeof X509): CertificateFacts {
  const subject = (field: string) => certificate.subjectName.getField(field)[0] ?? '';
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  const ofType = (wanted: string) => names.filter(({ type }) => type === wanted).map(({ value }) => value);
  const flags: number = certificate.getExtension(x509.KeyUsagesExtension)?.usages ?? 0;
  const usages = certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages ?? [];
  return {
    subjectCommonName: subject('CN'),
    subjectOrganization: subject('O'),
    subjectOrganizationalUnit: subject('OU'),
    subjectLocality: subject('L'),
    subjectProvince: subject('ST'),
    subjectCountry: subject('C'),
    issuerCommonName: certificate.issuerName.getField('CN')[0] ?? '',
    serialNumber: certificate.serialNumber.toLowerCase(),
    dnsNames: ofType('dns'),
    ips: ofType('ip').flatMap(addressText),
    notBeforeMs: certificate.notBefore.getTime(),
    notAfterMs: certificate.notAfter.getTime(),
    keyUsages: keyUsages.filter((_, bit) => (flags & (1 << bit)) !== 0),
    extendedKeyUsages: usages.map((usage) => extendedKeyUsages.get(usage) ?? String(usage)),
  };
}

/** What is no address is left out: nobody can come by it. */
function addressText(text: string): string[] {
  const address = parseIpAddress(text);
  return address === undefined ? [] : [formatIpAddress(address)];
}
