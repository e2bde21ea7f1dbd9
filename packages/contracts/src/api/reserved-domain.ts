import { z } from 'zod';
import { reference } from './reference.ts';
import { type ResourceContract, resource } from './resource.ts';
import { timestamp } from './text.ts';

const certificateOf = 'The certificate that visitors are served with, which must be for this name.';

const managementOf =
  'How the certificate is got that the server gets itself from its ACME authorities, if it does; not together with ' +
  'certificate_id, which it takes the place of.';

const authority = z.literal('letsencrypt').describe('Those that this server is set up with: there is no other value.');
const privateKeyType = z.enum(['ecdsa', 'rsa']).describe('Of the key that is made for it.');

const policy = z.strictObject({
  authority: authority.nullish().describe('The authorities that this server is set up with: there is no other value.'),
  private_key_type: privateKeyType
    .nullish()
    .describe('Of the key that is made for the next certificate. Default: ecdsa.'),
});

const status = z.object({
  renews_at: timestamp()
    .nullable()
    .describe('When a new certificate is ordered (RFC 3339, UTC); null: there is none yet.'),
  provisioning_job: z
    .object({
      error_code: z
        .enum(['DNS_ERROR', 'INTERNAL_ERROR'])
        .nullable()
        .describe('DNS_ERROR: the name does not lead here, as far as the authority sees. Null: nothing has failed.'),
      msg: z.string().describe('What has failed, in words; empty: nothing.'),
      started_at: timestamp().describe('When the last order began (RFC 3339, UTC).'),
      retries_at: timestamp().nullable().describe('When the next one begins (RFC 3339, UTC); null: one is under way.'),
    })
    .nullable()
    .describe('The order that is under way or has failed; null: there is nothing to say.'),
});

/** A public name that is the account's, whether an endpoint is online there or not. */
export const reservedDomains: ResourceContract = resource({
  title: 'a reserved domain',
  idKind: 'reservedDomain',
  path: '/reserved_domains',
  listKey: 'reserved_domains',
  create: {
    domain: z
      .string()
      .max(1024)
      .describe('The name, or `*.` and a name for all below it. All names below a reserved one are reserved with it.'),
    region: z.string().max(0).nullish().describe('Only empty: one server is one place.'),
    certificate_id: z.string().nullish().describe(`${certificateOf} Default: none.`),
    certificate_management_policy: policy.nullish().describe(`${managementOf} Default: with an ecdsa key.`),
  },
  update: {
    certificate_id: z.string().nullish().describe(`${certificateOf} Default: as it is.`),
    certificate_management_policy: policy.nullish().describe(`${managementOf} Default: as it is.`),
  },
  fields: {
    domain: z.string().describe('The name, in lower case and ASCII.'),
    region: z.string().describe('Always empty: one server is one place.'),
    cname_target: z.string().nullable().describe('For names of your own: where their DNS must lead. Else null.'),
    certificate: reference.nullable().describe('The certificate that it is served with; null: that of the server.'),
    certificate_management_policy: z
      .object({ authority, private_key_type: privateKeyType })
      .nullable()
      .describe('How its certificate is got; null: as the server does by itself.'),
    certificate_management_status: status
      .nullable()
      .describe('What the certificate is at that the server gets itself; null: it gets none, or has not begun.'),
    verification: z
      .object({
        record: z.string().describe('Name of the DNS TXT record that proves whose the name is.'),
        value: z.string().describe('What one of its texts must be.'),
        verified_at: timestamp().nullable().describe('When it was found (RFC 3339, UTC); null: not yet.'),
      })
      .nullable()
      .describe('For names of your own: endpoints may have them once that is proved. Else null: no proof is needed.'),
  },
  filterFields: { domain: 'string', 'certificate.id': 'id', region: 'string', cname_target: 'string' },
});
