import { z } from 'zod';
import { reference } from './reference.ts';
import { type ResourceContract, resource } from './resource.ts';
import { timestamp } from './text.ts';

const certificateOf = 'The certificate that visitors are served with, which must be for this name.';

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
  },
  update: {
    certificate_id: z.string().nullish().describe(`${certificateOf} Default: as it is.`),
  },
  fields: {
    domain: z.string().describe('The name, in lower case and ASCII.'),
    region: z.string().describe('Always empty: one server is one place.'),
    cname_target: z.string().nullable().describe('For names of your own: where their DNS must lead. Else null.'),
    certificate: reference.nullable().describe('The certificate that it is served with; null: that of the server.'),
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
