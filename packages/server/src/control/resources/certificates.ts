import * as contract from '@adit/contracts/api';
import type {
  CertificateFacts,
  KeyType,
  RevocationListFacts,
  UploadedAuthority,
  UploadedCertificate,
} from '../../domain/certificate-facts.ts';
import type { Resource } from './resource.ts';

export interface CertificateBody extends Pick<UploadedCertificate, 'certificatePem' | 'facts'> {
  readonly privateKeyType: KeyType;
}

interface CertificateInput {
  readonly certificate_pem?: string;
  readonly private_key_pem?: string;
  /** What `prepare` made of them. */
  readonly uploaded?: UploadedCertificate;
}

export const tlsCertificates: Resource<CertificateInput, CertificateBody> = {
  kind: 'tlsCertificate',
  contract: contract.tlsCertificates,
  async prepare({ certificate_pem: certificatePem, private_key_pem: privateKeyPem, ...input }, { readCertificate }) {
    if (certificatePem === undefined || privateKeyPem === undefined) return input;
    return { ...input, uploaded: await readCertificate({ certificatePem, privateKeyPem }) };
  },
  draft({ uploaded }, { previous }) {
    if (!uploaded) return { body: known(previous?.body) };
    const { privateKeyPem, ...body } = uploaded;
    return { body, secret: Buffer.from(privateKeyPem) };
  },
  show: ({ body: { certificatePem, privateKeyType, facts } }) => ({
    ...shownFacts(facts),
    certificate_pem: certificatePem,
    private_key_type: privateKeyType,
    issued_at: null,
    subject_alternative_names: { dns_names: facts.dnsNames, ips: facts.ips },
    issuer_common_name: facts.issuerCommonName,
    serial_number: facts.serialNumber,
    subject_organization: facts.subjectOrganization,
    subject_organizational_unit: facts.subjectOrganizationalUnit,
    subject_locality: facts.subjectLocality,
    subject_province: facts.subjectProvince,
    subject_country: facts.subjectCountry,
  }),
};

interface AuthorityInput {
  readonly ca_pem?: string;
  readonly revocation_list_pem?: string;
  /** What `prepare` made of it. */
  readonly uploaded?: UploadedAuthority;
}

export const certificateAuthorities: Resource<AuthorityInput, UploadedAuthority> = {
  kind: 'certificateAuthority',
  contract: contract.certificateAuthorities,
  async prepare({ ca_pem: given, revocation_list_pem: list, ...input }, { readAuthority, previous }) {
    const caPem = given ?? previous?.body.caPem;
    if (caPem === undefined || (given === undefined && list === undefined)) return input;
    return { ...input, uploaded: await readAuthority({ caPem, revocationListPem: list ?? '' }) };
  },
  draft: ({ uploaded }, { previous }) => ({ body: uploaded ?? known(previous?.body) }),
  show: ({ body: { caPem, facts, revocation } }) => ({
    ...shownFacts(facts),
    ca_pem: caPem,
    revocation_list_pem: revocation?.pem ?? '',
    revocation_lists: (revocation?.lists ?? []).map(shownList),
  }),
};

/** The contract has no way to make one without its PEM. */
function known<T>(body: T | undefined): T {
  if (body === undefined) throw new TypeError('Cannot make a certificate of nothing');
  return body;
}

function shownFacts(facts: CertificateFacts) {
  return {
    subject_common_name: facts.subjectCommonName,
    not_before: new Date(facts.notBeforeMs).toISOString(),
    not_after: new Date(facts.notAfterMs).toISOString(),
    key_usages: facts.keyUsages,
    extended_key_usages: facts.extendedKeyUsages,
  };
}

function shownList(facts: RevocationListFacts) {
  return {
    issuer_common_name: facts.issuerCommonName,
    this_update: new Date(facts.thisUpdateMs).toISOString(),
    next_update: new Date(facts.nextUpdateMs).toISOString(),
    revoked_count: facts.revokedCount,
  };
}
