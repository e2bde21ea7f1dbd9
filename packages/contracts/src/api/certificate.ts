import { z } from 'zod';
import { type ResourceContract, resource } from './resource.ts';
import { timestamp } from './text.ts';

const pem = z.string().max(65_536);
const revocationList = z.string().max(262_144);
const usages = {
  subject_common_name: z.string().describe('Common name of its subject.'),
  not_before: timestamp().describe('From when it is valid (RFC 3339, UTC).'),
  not_after: timestamp().describe('Until when it is valid (RFC 3339, UTC).'),
  key_usages: z.array(z.string()).describe('What its key may be used for, as RFC 5280 (4.2.1.3) names it.'),
  extended_key_usages: z.array(z.string()).describe('For what purposes, as RFC 5280 (4.2.1.12) names them.'),
};
const usualFilters = { subject_common_name: 'string', not_before: 'timestamp', not_after: 'timestamp' } as const;

/** A certificate with its private key, for endpoints. */
export const tlsCertificates: ResourceContract = resource({
  title: 'a TLS certificate',
  idKind: 'tlsCertificate',
  path: '/tls_certificates',
  listKey: 'tls_certificates',
  create: {
    certificate_pem: pem.describe('The certificate in PEM, then each CA after the one it issued.'),
    private_key_pem: pem
      .meta({ isSecret: true })
      .describe('Its private key in PEM, not encrypted. It is kept encrypted, and never shown.'),
  },
  update: {},
  fields: {
    ...usages,
    certificate_pem: z.string().describe('The certificate and the CAs after it, in PEM.'),
    subject_alternative_names: z
      .object({
        dns_names: z.array(z.string()).describe('Names that it is for.'),
        ips: z.array(z.string()).describe('Addresses that it is for.'),
      })
      .describe('What it is for.'),
    private_key_type: z.enum(['rsa', 'ecdsa', 'ed25519']).describe('Kind of its key.'),
    issued_at: timestamp().nullable().describe('When this server had it issued; null: it was uploaded.'),
    issuer_common_name: z.string().describe('Common name of the CA that issued it.'),
    serial_number: z.string().describe('Its serial number, in hex.'),
    subject_organization: z.string().describe('Organization of its subject.'),
    subject_organizational_unit: z.string().describe('Organizational unit of its subject.'),
    subject_locality: z.string().describe('Locality of its subject.'),
    subject_province: z.string().describe('Province of its subject.'),
    subject_country: z.string().describe('Country of its subject.'),
  },
  filterFields: { ...usualFilters, serial_number: 'string' },
});

/** CAs whose certificates visitors can be asked for. */
export const certificateAuthorities: ResourceContract = resource({
  title: 'a certificate authority',
  idKind: 'certificateAuthority',
  path: '/certificate_authorities',
  listKey: 'certificate_authorities',
  create: {
    ca_pem: pem.describe('One or several CA certificates in PEM.'),
    revocation_list_pem: revocationList
      .nullish()
      .describe(
        'Revocation lists (CRL) in PEM that are valid now, one of each of these CAs. Default: none is looked at.',
      ),
  },
  update: {
    revocation_list_pem: revocationList
      .nullish()
      .describe('Other lists in place of all; empty: none is looked at any more. Default: as they are.'),
  },
  fields: {
    ...usages,
    ca_pem: z.string().describe('The CA certificates in PEM. The fields before are of the first.'),
    revocation_list_pem: z.string().describe('The revocation lists in PEM. Empty: none is looked at.'),
    revocation_lists: z
      .array(
        z.object({
          issuer_common_name: z.string().describe('Common name of the CA that signed it.'),
          this_update: timestamp().describe('From when it is valid (RFC 3339, UTC).'),
          next_update: timestamp().describe('Until when it is valid; behind that none of its certificates is good.'),
          revoked_count: z.int().min(0).describe('How many certificates it names.'),
        }),
      )
      .describe('What the lists say of themselves, in the order of the CA certificates.'),
  },
  filterFields: usualFilters,
});
