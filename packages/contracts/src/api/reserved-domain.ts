import { z } from 'zod';
import { type ResourceContract, resource } from './resource.ts';
import { timestamp } from './text.ts';

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
  },
  update: {},
  fields: {
    domain: z.string().describe('The name, in lower case and ASCII.'),
    region: z.string().describe('Always empty: one server is one place.'),
    cname_target: z.string().nullable().describe('For names of your own: where their DNS must lead. Else null.'),
    verification: z
      .object({
        record: z.string().describe('Name of the DNS TXT record that proves whose the name is.'),
        value: z.string().describe('What one of its texts must be.'),
        verified_at: timestamp().nullable().describe('When it was found (RFC 3339, UTC); null: not yet.'),
      })
      .nullable()
      .describe('For names of your own: endpoints may have them once that is proved. Else null: no proof is needed.'),
  },
  filterFields: { domain: 'string', region: 'string', cname_target: 'string' },
});
